import { Backoff, type Context } from '../../../lib/index.ts'
import type { Change } from '../change.ts'
import { type Fields, type Store, Unavailable } from '../store.ts'
import type { Where } from '../where.ts'
import { scriptArguments } from './arguments.ts'
import { type Connection, connect, reasonOf, type Secrets } from './connection.ts'
import { SCRIPT } from './script.ts'
import { checkServer } from './server.ts'

/** Names that are asked for at once. */
const PAGE = 10_000

export interface RedisOptions extends Secrets {
  where: Extract<Where, { kind: 'redis' }>
  prefix: string
  /** Milliseconds. */
  remember: number
}

/** Opens the counts in a Redis, which need not be there yet. */
export async function openRedis(options: RedisOptions, context: Context<'storeRefused'>): Promise<Store> {
  const connection = await connect(options.where, options, context)
  const prefix = options.prefix && `${options.prefix}/`
  const counts = new RedisCounts(connection, prefix, options.remember, context)
  const opened = openLoop(counts, connection, context)
  opened.catch(() => {})
  return { opened, write: counts.write, read: counts.read, keys: counts.keys }
}

/** Until it is there and can be used. Rejects only when the process gives up. */
async function openLoop(counts: RedisCounts, connection: Connection, { signal }: Context): Store['opened'] {
  for (const backoff = new Backoff(50, 1_000); ; ) {
    try {
      const found = await counts.begin()
      connection.note(undefined)
      return found
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof Unavailable)) connection.note(reasonOf(error))
      await backoff.wait(signal)
    }
  }
}

class RedisCounts {
  readonly #connection: Connection
  readonly #prefix: string
  readonly #remember: number
  readonly #context: Context<'storeRefused'>
  #script = ''

  constructor(connection: Connection, prefix: string, remember: number, context: Context<'storeRefused'>) {
    this.#connection = connection
    this.#prefix = prefix
    this.#remember = remember
    this.#context = context
  }

  async begin(): Promise<{ since: number; keys: readonly string[] }> {
    const { send } = this.#connection
    await checkServer(this.#connection, this.#context)
    this.#script = await send('SCRIPT', 'LOAD', SCRIPT)
    const name = `${this.#prefix}sluice:since`
    const [seconds] = await send('TIME')
    await send('SET', name, String(Number(seconds) * 1000), 'NX')
    const since = Number(await send('GET', name))
    const keys: string[] = []
    for (let page: string[] = []; ; ) {
      page = await this.#page(page.length > 0 ? `(${page.at(-1)}` : '-', '+', PAGE)
      keys.push(...page)
      if (page.length < PAGE) return { since, keys }
    }
  }

  write: Store['write'] = async change => {
    const connection = this.#connection
    try {
      const [known, failed] = await this.#run(change)
      connection.note(undefined)
      for (const reason of new Set<string>(failed))
        this.#context.log.error(
          { reason },
          'something else in Redis has the name of a count, which is therefore not kept',
        )
      if (failed.length > 0) this.#context.count('storeRefused', failed.length)
      return known.length > 0 ? known.map((n: number) => change.ids[n]!) : undefined
    } catch (error) {
      connection.note(reasonOf(error))
      throw error
    }
  }

  read: Store['read'] = async names => {
    const all = await Promise.all(
      names.map(name => this.#connection.send('HGETALL', this.#prefix + name) as Promise<string[]>),
    )
    return all.map(pairs)
  }

  keys: Store['keys'] = async (prefix, limit) => {
    const { send } = this.#connection
    const found = await this.#page(`[${prefix}`, prefix === '' ? '+' : `(${prefix}\u{10ffff}`, limit)
    if (found.length === 0) return []
    const last: (string | null)[] = await send('ZMSCORE', `${this.#prefix}sluice:last`, ...found)
    return found.map((key, n) => [key, Number(last[n] ?? 0)] as const)
  }

  async #run(change: Change): Promise<[known: number[], failed: string[]]> {
    const { send } = this.#connection
    const words = scriptArguments(change, this.#prefix, this.#remember)
    try {
      return await send('EVALSHA', this.#script, '0', ...words)
    } catch (error) {
      // It was started again meanwhile, and has forgotten it.
      if (!(error as Error).message.startsWith('NOSCRIPT')) throw error
      return send('EVAL', SCRIPT, '0', ...words)
    }
  }

  #page(from: string, to: string, limit: number): Promise<string[]> {
    return this.#connection.send(
      ...['ZRANGEBYLEX', `${this.#prefix}sluice:keys`, from, to, 'LIMIT', '0', String(limit)],
    )
  }
}

/** What HGETALL answers, in order of the fields. */
function pairs(flat: readonly string[]): Fields {
  const fields: (readonly [string, string])[] = []
  for (let n = 0; n < flat.length; n += 2) fields.push([flat[n]!, flat[n + 1]!])
  return fields.sort(([a], [b]) => (a < b ? -1 : 1))
}
