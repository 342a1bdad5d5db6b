import type { Context } from '../../../lib/index.ts'
import type { Connection } from './connection.ts'

/** What is used of it is there since then: SMISMEMBER, ZADD GT, HRANDFIELD's siblings. */
const OLDEST = [6, 2] as const

/**
 * Looks whether this server can keep counts. Throws what is wrong with it; warns of what may be lost with it although it was
 * acknowledged, if that is not among what was `told`.
 */
export async function checkServer(
  { send, where }: Connection,
  told: Set<string>,
  context: Context,
): Promise<void> {
  const info = parseInfo(String(await send('INFO')))
  const [major = 0, minor = 0] = (info.redis_version ?? '').split('.').map(Number)
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
    throw new Error(`it is version ${info.redis_version}; at least ${OLDEST.join('.')} is needed`)
  if (info.cluster_enabled === '1')
    throw new Error('a cluster is not supported: a change is of keys in several slots; give a single Redis')
  if (info.role === 'slave') throw new Error('this is a replica; give the address of the primary')
  for (const risk of risksOf(info, await fsyncOf(send))) {
    if (!told.has(risk)) context.log.warn(`${where}: ${risk}`)
    told.add(risk)
  }
}

/** What may be lost. `fsync` is undefined where we may not ask. */
export function risksOf(info: { readonly [name: string]: string }, fsync: string | undefined): string[] {
  const risks: string[] = []
  if (info.aof_enabled !== '1')
    risks.push(
      'appendonly is off: when it ends, what was counted since its last snapshot is lost; set appendonly yes and appendfsync always',
    )
  else if (fsync !== undefined && fsync !== 'always')
    risks.push(
      `appendfsync is ${fsync}: when its host ends, or it does while its disk is slow, what was counted in the last seconds is lost; set appendfsync always`,
    )
  if (Number(info.connected_slaves ?? 0) > 0)
    risks.push(
      'it has replicas: it answers before they have a change, and one that takes its place may lack the last ones',
    )
  if (info.maxmemory !== undefined && info.maxmemory !== '0' && info.maxmemory_policy !== 'noeviction')
    risks.push(
      `maxmemory-policy is ${info.maxmemory_policy}: it throws counts away when its memory is full; set noeviction`,
    )
  return risks
}

async function fsyncOf(send: Connection['send']): Promise<string | undefined> {
  try {
    const [, fsync] = await send('CONFIG', 'GET', 'appendfsync')
    return fsync
  } catch {
    // Many hosts of Redis forbid it.
    return undefined
  }
}

/** The lines of INFO. */
export function parseInfo(text: string): { [name: string]: string } {
  return Object.fromEntries(
    text.split('\r\n').flatMap(line => {
      const colon = line.indexOf(':')
      return colon > 0 && !line.startsWith('#') ? [[line.slice(0, colon), line.slice(colon + 1)]] : []
    }),
  )
}
