import { atMostEvery, Backoff, type Context } from '../../lib/index.ts'
import { nowAndThen } from '../../lib/now-and-then.ts'
import type { Buckets } from './buckets.ts'
import { KnownKeys, type NoRoom } from './known-keys.ts'
import type { Store } from './store.ts'

export interface RoomOptions {
  store: Store
  buckets: Buckets
  maxKeys: number
}

const LOOK_EVERY = 60_000
/** What the keys that are there and those that are known may differ by, before they are read again. */
const NEARLY = 0.01

/** Whether there may be one more key; says so where there may not. */
export function watchKeys({ store, buckets, maxKeys }: RoomOptions, context: Context) {
  const keys = new KnownKeys(maxKeys)
  const complain = atMostEvery(60_000)
  const opened = fill(keys, store, context).then(since => {
    buckets.since = since
  })
  // Who waits for it says what is wrong.
  opened.catch(() => {})
  // Others may forget keys, delete them, or make more.
  const look = async () => {
    if (Math.abs((await store.countKeys()) - keys.size) > keys.size * NEARLY)
      await keys.replace(store.allKeys())
  }
  nowAndThen(LOOK_EVERY, look, context)
  const admits = (key: string) => {
    const why = keys.take(key)
    if (why && complain()) context.log.warn(noRoom(why, key, keys))
    return why === undefined
  }
  return { opened, admits }
}

/** Learns which keys there are, and since when the store is there. A store may be gone again meanwhile. */
async function fill(keys: KnownKeys, store: Store, { signal }: Context): Promise<number> {
  const { since } = await store.opened
  for (const backoff = new Backoff(50, 1_000); ; )
    try {
      await keys.replace(store.allKeys())
      return since
    } catch {
      await backoff.wait(signal)
    }
}

function noRoom(why: NoRoom, key: string, keys: KnownKeys): string {
  const { most } = keys
  const rest = `events of a new key, such as ${JSON.stringify(key)}, are dropped, and those of others counted; for more room give --max-keys ${most * 10}`
  if (why === 'full') return `there are ${most} keys: ${rest}`
  return `${keys.shareOf(key)} of ${keys.size} keys begin like this one, and these may take half of what others leave of ${most}: ${rest}`
}
