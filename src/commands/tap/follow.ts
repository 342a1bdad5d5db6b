import type { Credentials, Door } from '../../lib/asking/doors.ts'
import { Backoff } from '../../lib/backoff.ts'
import { Away, open, read } from './read.ts'

export interface Following {
  door: Door
  /** What it is called to whoever looks. */
  name: string
  path: string
  credentials: Credentials
  /** Milliseconds for which it may be away. */
  wait: number
  /** It is one of several, which may just be started again. */
  isCopy: boolean
  /** Ends it. */
  signal: AbortSignal
  /** Told of each line; resolves when the next one may come. */
  line(text: string): Promise<void>
  /** Told, in words, what may have been missed. */
  tell(text: string): void
}

const seconds = (time: number) => `${(time / 1000).toFixed(1)} s`

/**
 * Reads what a daemon shows, also when it is started again, until it is away for too long or the signal. Throws when it cannot be asked
 * the first time (of copies, one may be away), or says no.
 */
export async function follow({ door, name, path, credentials, ...rest }: Following): Promise<void> {
  const { wait, isCopy, signal, line, tell } = rest
  const backoff = new Backoff(100, 1_000)
  let goneAt: number | undefined
  let wasThere = false
  while (!signal.aborted) {
    try {
      const response = await open(door, path, credentials, signal, wasThere)
      if (goneAt !== undefined)
        tell(
          `${name} is back after ${seconds(performance.now() - goneAt)}; what went by before that was not seen`,
        )
      goneAt = undefined
      wasThere = true
      backoff.reset()
      await read(response, signal, line)
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof Away) || !(wasThere || isCopy)) throw error
    }
    if (signal.aborted) return
    if (goneAt === undefined) {
      goneAt = performance.now()
      tell(
        `${name} ${wasThere ? 'has ended' : 'does not answer'}${wait > 0 ? `; waiting ${seconds(wait)} for it to be back` : ''}`,
      )
    }
    if (performance.now() - goneAt >= wait) {
      if (wait > 0) tell(`${name} did not come back`)
      return
    }
    await backoff.wait(signal).catch(() => {})
  }
}
