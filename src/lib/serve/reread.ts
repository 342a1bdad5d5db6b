import type { Logger } from 'pino'
import { messageOf } from '../errors.ts'
import { FileWatch } from '../tls/watch.ts'

/** Where systemd puts what it has copied for a service when that was started (systemd.exec(5), LoadCredential=). */
const COPIES = '/run/credentials/'

/** Milliseconds between two looks: who takes a token back means at once. */
const LOOK_EVERY = 1_000

/** A file of tokens. */
interface Kept {
  readonly file: string
  read(): void
}

/** Reads a token again on SIGHUP, and when its file has changed, until its owner ends. One that will not do changes nothing. */
export function keepFresh(
  token: Kept,
  {
    log,
    onReload,
    defer,
  }: { log: Logger; onReload(reload: () => void): void; defer(close: () => void): void },
): void {
  const watch = new FileWatch([token.file])
  // What was written between its reading and the watch.
  token.read()
  const read = () => {
    token.read()
    if (token.file.startsWith(COPIES))
      log.warn(`${token.file} is as old as this start: for a new token, restart the service`)
    else log.info(`${token.file} was read again`)
  }
  onReload(read)
  defer(
    watch.start(() => {
      try {
        read()
      } catch (error) {
        log.error(`what was read before stays: ${messageOf(error)}`)
      }
    }, LOOK_EVERY),
  )
}
