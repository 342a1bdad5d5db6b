import { codeOf, Fatal, messageOf } from './errors.ts'
import { formatHostPort, type HostPort } from './host-port.ts'

/** Why a daemon cannot listen at `--listen`, and what to do about it. */
export function cannotListen(where: HostPort, error: unknown): Fatal {
  const flag = `--listen ${formatHostPort(where.host ?? '*', where.port)}`
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return new Fatal(
        `${flag}: the port is in use by another program; choose another one, for example --listen ${suggested(where)}`,
      )
    case 'EACCES':
      return new Fatal(`${flag}: ports below 1024 need root or CAP_NET_BIND_SERVICE`)
    default:
      return new Fatal(`${flag}: ${messageOf(error)}`)
  }
}

function suggested({ host, port }: HostPort): string {
  const plain = host?.includes(':') ? `[${host}]` : (host ?? '')
  return `${plain}:${port < 65535 ? port + 1 : port - 1}`
}

/**
 * Listens at an address. Without a host that is all of them: one dual-stack socket, or IPv4 alone where there is no IPv6.
 * Throws Fatal that says what to do.
 * @param bind listens at an IP address or name
 */
export async function listenAt<T>(where: HostPort, bind: (host: string) => Promise<T>): Promise<T> {
  try {
    if (where.host !== undefined) return await bind(where.host)
    return await bind('::').catch(error => {
      if (codeOf(error) !== 'EAFNOSUPPORT' && codeOf(error) !== 'EADDRNOTAVAIL') throw error
      return bind('0.0.0.0')
    })
  } catch (error) {
    throw cannotListen(where, error)
  }
}
