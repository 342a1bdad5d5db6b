import type { Context } from '../daemon.ts'
import { messageOf } from '../errors.ts'
import { readTlsFiles, type TlsOptions } from './options.ts'
import type { Pem } from './pem.ts'
import { watchFiles } from './watch.ts'

/**
 * Has a server use new certificates as soon as they are there: when their files change, and on SIGHUP. Connections that are
 * open stay. Files that will not do (the key is not written yet, say) change nothing.
 */
export function renewTls(
  options: TlsOptions,
  server: { renew(pem: Pem): Promise<void> },
  { log, onReload, defer }: Pick<Context, 'log' | 'onReload' | 'defer'>,
): void {
  const { tlsCert, tlsKey, tlsClientCa } = options
  if (!tlsCert || !tlsKey) return
  const renew = async () => {
    await server.renew(readTlsFiles(options)!)
    log.info('certificate and key were read again')
  }
  onReload(renew)
  const paths = [tlsCert, tlsKey, ...(tlsClientCa ? [tlsClientCa] : [])]
  defer(
    watchFiles(paths, () => {
      renew().catch(error => log.error(`the certificate that was read before stays: ${messageOf(error)}`))
    }),
  )
}
