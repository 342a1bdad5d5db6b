// What becomes of a Redis, and what sluice-count says of it.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fill } from '../support/disk.ts'
import { freePort } from '../support/port.ts'
import type { TcpProxy } from '../support/tcp-proxy.ts'
import type { LivingRedis } from './living-redis.ts'
import { LONG } from './random.ts'

/** One that is there and refuses. */
const REFUSING = LONG ? { seconds: 60 } : { seconds: 2, rate: 500 }
/** Keys that a Redis takes some seconds to load. */
const LOADED = 20_000

export interface Outage {
  /** Returns what ends it. */
  begin(living: LivingRedis, proxy: TcpProxy): Promise<() => unknown>
  /** What sluice-count says of it. */
  reason: RegExp
  /** What it answers meanwhile. */
  status?: number
  config?: { readonly [directive: string]: string }
  /** For so many seconds at least. */
  seconds?: number
  /** Events a second. */
  rate?: number
  /** What was on its way is done in the end, although it was sent again. */
  isRepeated?: boolean
  /** On a disk of so many MiB. */
  disk?: number
}

const EVERYSEC = { appendfsync: 'everysec' }
/** It takes some time to notice. */
const SILENT = {
  reason: /has not answered for|timeout/i,
  status: 503,
  ...(!LONG && { seconds: 2, rate: 500 }),
}
export const DEAD = { reason: /ECONN|closed/, status: 503 }

async function kill(living: LivingRedis) {
  await living.kill()
  return () => living.start()
}

export const OUTAGES: { readonly [what: string]: Outage } = {
  'is killed': { ...DEAD, begin: kill },
  // In memory: it answers before it has written, for as long as a sync before takes.
  'is killed, with appendfsync everysec': { ...DEAD, begin: kill, config: EVERYSEC, disk: 200 },
  // What was sent on the old connections is done then, after it came again on new ones.
  'is frozen': {
    async begin(living) {
      living.signal('SIGSTOP')
      return () => living.signal('SIGCONT')
    },
    ...SILENT,
    isRepeated: true,
  },
  'is behind a network that swallows everything': {
    async begin(_, proxy) {
      proxy.blackHole = true
      return () => {
        proxy.blackHole = false
      }
    },
    ...SILENT,
  },
  'is loading its files': {
    async begin(living) {
      const script = `for n = 1, ${LOADED} do redis.call('SET', n, n) end`
      await living.redis.cli('-n', '1', 'EVAL', script, '0')
      await living.kill()
      // Microseconds, each.
      const started = living.start({ 'key-load-delay': '100' })
      return () => started
    },
    reason: /LOADING/,
    status: 503,
    seconds: 2,
    rate: 500,
  },
  'has no memory left': {
    async begin({ redis }) {
      await redis.cli('CONFIG', 'SET', 'maxmemory', '1')
      return () => redis.cli('CONFIG', 'SET', 'maxmemory', '0')
    },
    ...REFUSING,
    reason: /OOM .*give it more/,
  },
  'became a replica': {
    async begin({ redis }) {
      await redis.cli('REPLICAOF', '127.0.0.1', String(await freePort()))
      return () => redis.cli('REPLICAOF', 'NO', 'ONE')
    },
    ...REFUSING,
    reason: /READONLY .*address of the primary/,
  },
  'cannot save': {
    async begin({ redis, data }) {
      mkdirSync(join(data, 'dump.rdb'))
      await redis.cli('CONFIG', 'SET', 'save', '3600 1')
      await redis.cli('BGSAVE')
      return () => redis.cli('CONFIG', 'SET', 'save', '')
    },
    ...REFUSING,
    reason: /MISCONF .*cannot write to its disk/,
  },
  'has a full disk': {
    async begin({ data }) {
      return fill(data)
    },
    ...REFUSING,
    reason: /MISCONF .*cannot write to its disk/,
    config: EVERYSEC,
    disk: 100,
  },
  // So Redis does where it promised to have written.
  'ends by itself of a full disk': {
    ...REFUSING,
    ...DEAD,
    async begin(living) {
      const empty = fill(living.data)
      return async () => {
        await living.redis.stop()
        empty()
        await living.start()
      }
    },
    disk: 100,
  },
}
