import type { Endpoint } from '../endpoint.ts'
import type { Reader } from '../reader.ts'
import { atMostEvery } from '../throttle.ts'
import { formatBytes } from '../units.ts'
import type { Door } from './door.ts'
import type { LinkContext, LinkStatus } from './link.ts'

/** With keys it is known who is at the other end, or that it is one of several. */
export function readerOf({ keys }: Endpoint, { reader }: LinkContext, door: Door | undefined): Reader {
  if (!keys) return reader
  // Whom we were told to fetch from we trust in what it says of others.
  return { ...reader, sender: door?.anybody ?? { name: keys.server?.name, relay: true } }
}

/** Warns of messages larger than `--max-message`, now and then. */
export function sizeWarning(status: LinkStatus, { log, maxMessage }: LinkContext): (length: number) => void {
  const complain = atMostEvery(60_000)
  return length => {
    if (length <= maxMessage || !complain()) return
    log.warn(
      { bytes: length },
      `${status.endpoint}: a message is larger than --max-message, which is ${formatBytes(maxMessage)}; it was taken, but one of more than twice that ends its connection and is lost: give the sender the same --max-message`,
    )
  }
}
