import type { Logger } from 'pino'
import { atMostEvery } from '../throttle.ts'
import { udpSockets } from './own-socket.ts'
import type { Receiver } from './receiver.ts'

const LOOK_EVERY = 5_000
const WARN_EVERY = 60_000

/**
 * Tells of datagrams that the kernel dropped on our own sockets, because they came faster than they were read.
 * No other trace of them exists. Returns the function that looks a last time and ends it.
 */
export function watchKernelDrops(
  receivers: readonly Pick<Receiver<unknown>, 'inode' | 'dropped'>[],
  dropped: (datagrams: number) => void,
  log: Logger,
): () => Promise<void> {
  const inodes = receivers.flatMap(({ inode }) => inode ?? [])
  const mayWarn = atMostEvery(WARN_EVERY)
  let before = 0
  let unwarned = 0

  async function look(): Promise<void> {
    const rows = inodes.length > 0 ? await udpSockets() : []
    const own = rows.filter(({ inode }) => inodes.includes(inode)).map(({ drops }) => drops)
    const handed = receivers.map(({ dropped }) => dropped?.() ?? 0)
    const total = [...own, ...handed].reduce((sum, drops) => sum + drops, 0)
    if (total > before) {
      dropped(total - before)
      unwarned += total - before
      before = total
    }
    if (unwarned > 0 && mayWarn()) {
      log.warn(
        { dropped: unwarned, total },
        'the kernel dropped datagrams: the receive buffer was full; raise --receive-buffer, with net.core.rmem_max at least as high',
      )
      unwarned = 0
    }
  }

  const quietly = () =>
    look().catch(error => log.debug({ err: error }, 'cannot read the drops of the kernel'))
  const timer = setInterval(quietly, LOOK_EVERY)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await quietly()
  }
}
