import { Backoff, type Context, Fatal } from '../../../lib/index.ts'
import type { Agreement } from '../about.ts'
import { type Store, Unavailable } from '../store.ts'
import type { Where } from '../where.ts'
import { type Connection, connect, type Secrets } from './connection.ts'
import { RedisCounts } from './counts.ts'
import { reasonOf } from './reason.ts'

export interface RedisOptions extends Secrets {
  where: Extract<Where, { kind: 'redis' }>
  prefix: string
  /** Milliseconds. */
  remember: number
  agreement: Agreement
}

/**
 * Commands of a script: a Redis answers nobody else for about 10 ms, 15 where keys have 500 bytes, and 40 where 8,500 events
 * add to few counts (CPU time of Redis 7.0, whose 9 slices have 300,000 ids each).
 */
const MOST = 3_000

/** Opens the counts in a Redis, which need not be there yet. */
export async function openRedis(options: RedisOptions, context: Context<'fieldsRefused'>): Promise<Store> {
  const connection = await connect(options.where, options, context)
  const counts = new RedisCounts(connection, options, context)
  context.defer(() => counts.entrance.leave())
  // Until all that has come is counted: what is deferred later ends sooner.
  counts.entrance.stay()
  const opened = openLoop(counts, connection, context)
  opened.catch(() => {})
  const { read, keys, countKeys, allKeys } = counts.questions
  return {
    ...{ most: MOST, opened, write: counts.write, now: counts.now },
    latest: counts.latest,
    read,
    keys,
    countKeys,
    allKeys,
  }
}

/** Until it is there and can be used. Rejects only when the process gives up. */
async function openLoop(
  counts: RedisCounts,
  connection: Connection,
  { signal, fatal }: Context,
): Store['opened'] {
  for (const backoff = new Backoff(50, 1_000); ; ) {
    try {
      const found = await counts.begin()
      connection.note(undefined)
      return found
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof Fatal) {
        fatal(error)
        throw error
      }
      if (!(error instanceof Unavailable)) connection.note(reasonOf(error))
      await backoff.wait(signal)
    }
  }
}
