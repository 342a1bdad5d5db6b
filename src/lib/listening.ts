import { codeOf, Fatal, messageOf } from './errors.ts'
import { formatHostPort, type HostPort } from './host-port.ts'

/** Ports that only root may listen at, and who may do what it may (capabilities(7)). */
const FIRST_FREE_PORT = 1024

/** The next ports are those of other daemons of Sluice, if nobody says otherwise. */
const FAR = 100

/** Why a daemon cannot listen there, and what to do about it. */
export function cannotListen(where: HostPort, error: unknown, option = '--listen'): Fatal {
  const flag = `${option} ${formatHostPort(where.host ?? '*', where.port)}`
  const code = codeOf(error)
  if (code === 'EADDRINUSE')
    return new Fatal(
      `${flag}: the port is in use by another program; choose another one, for example ${option} ${suggested(where)}`,
    )
  if (code === 'EADDRNOTAVAIL') return new Fatal(`${flag}: this host has no such address`)
  if (code === 'EACCES' && where.port < FIRST_FREE_PORT)
    return new Fatal(`${flag}: ports below ${FIRST_FREE_PORT} need root or CAP_NET_BIND_SERVICE`)
  return new Fatal(`${flag}: ${messageOf(error)}`)
}

function suggested({ host, port }: HostPort): string {
  const plain = host?.includes(':') ? `[${host}]` : (host ?? '')
  return `${plain}:${port + FAR > 65535 ? port - FAR : port + FAR}`
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
