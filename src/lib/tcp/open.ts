import type { Context } from '../daemon.ts'
import type { Values } from '../options.ts'
import { type FromSystemd, isFromSystemd, type ListenAddress } from '../systemd/listen-address.ts'
import { type HandedSockets, MANY_CONNECTIONS } from '../systemd/sockets.ts'
import type { Certificates } from '../tls/certificates.ts'
import { type TlsOptions, tlsSettings } from '../tls/options.ts'
import type { tcpOptions } from './options.ts'
import { TcpServer } from './server.ts'

type TcpOptions = Values<typeof tcpOptions> & TlsOptions & { listen: readonly ListenAddress[] }

/**
 * A server that listens wherever the options say, with TLS where they name a certificate, until the daemon ends.
 * @param schemes what its addresses begin with: `tcp`, and `tls` with a certificate
 */
export async function openTcpServer(
  options: TcpOptions,
  context: Context,
  schemes: { plain: string; tls: string },
): Promise<TcpServer> {
  const { listen, maxConnections, idleTimeout } = options
  const certificates = await openCertificates(options, context)
  const server = new TcpServer({
    ...{ most: maxConnections, idle: idleTimeout, certificates },
    ...{ log: context.log, signal: context.signal },
    count: counter => context.count(counter),
  })
  context.defer(() => server.end())
  const scheme = certificates ? schemes.tls : schemes.plain
  for (const address of listen) {
    const addresses = isFromSystemd(address)
      ? await listenOnHanded(server, address, context.sockets)
      : [await server.listen(address)]
    for (const one of addresses) context.listening(`${scheme}://${one}`)
  }
  return server
}

/** Late: who does not speak TLS does not need what reads certificates. */
async function openCertificates(options: TlsOptions, context: Context): Promise<Certificates | undefined> {
  if (!options.tlsCert) return undefined
  const [{ Certificates }, { ONE_WAY }] = await Promise.all([
    import('../tls/certificates.ts'),
    import('../tls/pem.ts'),
  ])
  return Certificates.open(tlsSettings(options, 'tls'), context, ONE_WAY)
}

/** Returns their addresses. */
async function listenOnHanded(
  server: TcpServer,
  address: FromSystemd,
  sockets: HandedSockets,
): Promise<string[]> {
  const taken = await sockets.take(address, { flag: '--listen', kinds: ['TCP'], instead: '127.0.0.1:5514' })
  for (const { fd } of taken) await server.listenOn(fd, MANY_CONNECTIONS)
  return taken.map(({ address }) => address)
}
