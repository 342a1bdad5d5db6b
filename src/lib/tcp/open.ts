import type { Context } from '../daemon.ts'
import type { HostPort } from '../host-port.ts'
import type { Values } from '../options.ts'
import { readTlsFiles, type TlsOptions } from '../tls/options.ts'
import { renewTls } from '../tls/renew.ts'
import type { tcpOptions } from './options.ts'
import { TcpServer } from './server.ts'

type TcpOptions = Values<typeof tcpOptions> & TlsOptions & { listen: readonly HostPort[] }

/**
 * A server that listens wherever the options say, with TLS where they name a certificate, until the daemon ends.
 * @param schemes what its addresses begin with: `tcp`, and `tls` with a certificate
 */
export async function openTcpServer(
  options: TcpOptions,
  context: Context,
  schemes: { plain: string; tls: string },
): Promise<TcpServer> {
  const { listen, maxConnections, idleTimeout, tlsCert, tlsClientName } = options
  const server = new TcpServer({
    most: maxConnections,
    idle: idleTimeout,
    pem: readTlsFiles(options),
    names: tlsClientName,
    log: context.log,
    signal: context.signal,
    count: counter => context.count(counter),
  })
  context.defer(() => server.end())
  const scheme = tlsCert ? schemes.tls : schemes.plain
  for (const address of listen) context.listening(`${scheme}://${await server.listen(address)}`)
  renewTls(options, server, context)
  return server
}
