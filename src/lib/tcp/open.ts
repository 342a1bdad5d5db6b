import type { Context } from '../daemon.ts'
import { messageOf } from '../errors.ts'
import type { Values } from '../options.ts'
import { type FromSystemd, isFromSystemd, type ListenAddress } from '../systemd/listen-address.ts'
import { type HandedSockets, MANY_CONNECTIONS } from '../systemd/sockets.ts'
import { filesOf, readPem } from '../tls/files.ts'
import { type TlsOptions, tlsPaths } from '../tls/options.ts'
import { FileWatch } from '../tls/watch.ts'
import type { tcpOptions } from './options.ts'
import { TcpServer } from './server.ts'

type TcpOptions = Values<typeof tcpOptions> & TlsOptions & { listen: readonly ListenAddress[] }

/**
 * A server that listens wherever the options say, with TLS where they name a certificate, until the daemon ends. New certificates
 * are used as soon as they are there: when their files change, and on SIGHUP. Connections that are open stay. Files that will not
 * do (the key is not written yet, say) change nothing.
 * @param schemes what its addresses begin with: `tcp`, and `tls` with a certificate
 */
export async function openTcpServer(
  options: TcpOptions,
  context: Context,
  schemes: { plain: string; tls: string },
): Promise<TcpServer> {
  const { listen, maxConnections, idleTimeout, tlsCert, tlsClientName } = options
  const { log } = context
  const paths = tlsPaths(options)
  const watch = new FileWatch(filesOf({ ...paths }))
  const server = new TcpServer({
    ...{ most: maxConnections, idle: idleTimeout, names: tlsClientName },
    pem: readPem(paths, '--tls'),
    ...{ log, signal: context.signal },
    count: counter => context.count(counter),
  })
  context.defer(() => server.end())
  const scheme = tlsCert ? schemes.tls : schemes.plain
  for (const address of listen) {
    const addresses = isFromSystemd(address)
      ? await listenOnHanded(server, address, context.sockets)
      : [await server.listen(address)]
    for (const one of addresses) context.listening(`${scheme}://${one}`)
  }
  if (!tlsCert) return server
  const renew = async () => {
    await server.renew(readPem(paths, '--tls')!)
    log.info('certificate and key were read again')
  }
  context.onReload(renew)
  context.defer(
    watch.start(() => {
      renew().catch(error => log.error(`the certificate that was read before stays: ${messageOf(error)}`))
    }),
  )
  return server
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
