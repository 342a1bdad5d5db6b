import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { Backoff, type Context, Fatal, messageOf } from '../../../lib/index.ts'
import type { Agreement } from '../about.ts'
import type { Change } from '../change.ts'
import { type Fields, type Store, Unavailable } from '../store.ts'
import type { Where } from '../where.ts'
import { scriptArguments } from './arguments.ts'
import { type Connection, connect, reasonOf, type Secrets } from './connection.ts'
import { ENTER, GONE_AFTER } from './enter.ts'
import { CHANGED, SCRIPT } from './script.ts'
import { checkServer } from './server.ts'

/** Names that are asked for at once. */
const PAGE = 10_000

export interface RedisOptions extends Secrets {
  where: Extract<Where, { kind: 'redis' }>
  prefix: string
  /** Milliseconds. */
  remember: number
  agreement: Agreement
}

/** Opens the counts in a Redis, which need not be there yet. */
export async function openRedis(options: RedisOptions, context: Context<'storeRefused'>): Promise<Store> {
  const connection = await connect(options.where, options, context)
  const prefix = options.prefix && `${options.prefix}/`
  const counts = new RedisCounts(connection, prefix, options, context)
  context.defer(() => counts.leave())
  const opened = openLoop(counts, connection, context)
  opened.catch(() => {})
  return { opened, write: counts.write, read: counts.read, keys: counts.keys }
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

class RedisCounts {
  readonly #connection: Connection
  readonly #prefix: string
  readonly #remember: number
  readonly #context: Context<'storeRefused'>
  readonly #agreement: Agreement
  readonly #me = `${hostname()}:${process.pid}:${randomUUID()}`
  #script = ''
  #about = ''
  /** The number of the latest change that was answered. */
  #latest = 0
  #stay: NodeJS.Timeout | undefined

  constructor(
    connection: Connection,
    prefix: string,
    { remember, agreement }: RedisOptions,
    context: Context<'storeRefused'>,
  ) {
    this.#connection = connection
    this.#prefix = prefix
    this.#remember = remember
    this.#agreement = agreement
    this.#context = context
  }

  async begin(): Promise<{ since: number; keys: readonly string[] }> {
    const { send } = this.#connection
    await checkServer(this.#connection, this.#context)
    this.#script = await send('SCRIPT', 'LOAD', SCRIPT)
    const name = `${this.#prefix}sluice:since`
    const [seconds] = await send('TIME')
    const isNew = (await send('SET', name, String(Number(seconds) * 1000), 'NX')) !== null
    if (isNew && this.#about !== '') {
      this.#latest = 0
      this.#context.log.error(
        `${this.#connection.where} has lost all that was counted under this prefix; counting begins anew`,
      )
    }
    const since = Number(await send('GET', name))
    const keys: string[] = []
    for (let page: string[] = []; ; ) {
      page = await this.#page(page.length > 0 ? `(${page.at(-1)}` : '-', '+', PAGE)
      keys.push(...page)
      if (page.length < PAGE) break
    }
    const about: string | null = await send('GET', `${this.#prefix}sluice:about`)
    this.#about = this.#agreement.agree(about ?? undefined, keys)
    await this.#enter()
    // Whoever cannot reach it now says so elsewhere, and enters again when it writes.
    this.#stay ??= setInterval(() => this.#enter().catch(() => {}), GONE_AFTER / 3).unref()
    return { since, keys }
  }

  /** Others, with other templates, need not wait until it is seen that this one has gone. */
  async leave(): Promise<void> {
    clearInterval(this.#stay)
    const { send } = this.#connection
    await send('ZREM', `${this.#prefix}sluice:users`, `${this.#agreement.print} ${this.#me}`).catch(() => {})
  }

  async #enter(): Promise<void> {
    const { print } = this.#agreement
    const words = [this.#prefix, print, this.#me, this.#about]
    const other: string | null = await this.#connection.send('EVAL', ENTER, '0', ...words)
    if (other === null) return
    const [, where] = /^\S+ (.+):\d+:[^:]+$/.exec(other) ?? []
    throw new Error(
      `a sluice-count on ${where} counts by other templates or another --timezone here; stop that one, or give this one another --prefix (it goes on a minute after that one was last seen)`,
    )
  }

  write: Store['write'] = async change => {
    const connection = this.#connection
    try {
      const [known, failed, number] = await this.#run(change)
      connection.note(undefined)
      if (number !== undefined) this.#compare(number)
      for (const reason of new Set<string>(failed))
        this.#context.log.error(
          { reason },
          'something else in Redis has the name of a count, which is therefore not kept',
        )
      if (failed.length > 0) this.#context.count('storeRefused', failed.length)
      return known.length > 0 ? known.map((n: number) => change.ids[n]!) : undefined
    } catch (error) {
      connection.note(reasonOf(error))
      if (reasonOf(error).startsWith(CHANGED)) await this.begin()
      throw error
    }
  }

  read: Store['read'] = async names => {
    return Promise.all(names.map(async name => pairs(await this.#fields(this.#prefix + name))))
  }

  keys: Store['keys'] = async (prefix, limit) => {
    const found = await this.#page(`[${prefix}`, prefix === '' ? '+' : `(${prefix}\u{10ffff}`, limit)
    if (found.length === 0) return []
    const last: (string | null)[] = await this.#ask('ZMSCORE', `${this.#prefix}sluice:last`, ...found)
    return found.map((key, n) => [key, Number(last[n] ?? 0)] as const)
  }

  /** Several batches may be under way, and their answers come in order. */
  #compare(number: number): void {
    if (number <= this.#latest)
      this.#context.log.error(
        `${this.#connection.where} has lost changes that it had answered, ${this.#latest - number + 1} at least: its host or it ended, or a replica took its place; their events do not come again`,
      )
    this.#latest = number
  }

  async #run(change: Change): Promise<[known: number[], failed: string[], number?: number]> {
    const { send } = this.#connection
    const words = scriptArguments(change, this.#prefix, this.#remember, this.#agreement.print)
    try {
      return await send('EVALSHA', this.#script, '0', ...words)
    } catch (error) {
      // It was started again meanwhile, and has forgotten it.
      if (!(error as Error).message.startsWith('NOSCRIPT')) throw error
      // Awaited here, so that answers stay in order.
      return await send('EVAL', SCRIPT, '0', ...words)
    }
  }

  async #fields(name: string): Promise<string[]> {
    try {
      return await this.#ask('HGETALL', name)
    } catch (error) {
      // Somebody else's, which is no hash.
      if (messageOf(error).startsWith('WRONGTYPE')) return []
      throw error
    }
  }

  /** Whatever fails for who asks may be well when he asks again. */
  async #ask(...words: readonly string[]) {
    try {
      return await this.#connection.send(...words)
    } catch (error) {
      if (error instanceof Unavailable || messageOf(error).startsWith('WRONGTYPE')) throw error
      throw new Unavailable(`${this.#connection.where}: ${reasonOf(error)}`)
    }
  }

  #page(from: string, to: string, limit: number): Promise<string[]> {
    return this.#ask(...['ZRANGEBYLEX', `${this.#prefix}sluice:keys`, from, to, 'LIMIT', '0', String(limit)])
  }
}

/** What HGETALL answers, in order of the fields. */
function pairs(flat: readonly string[]): Fields {
  const fields: (readonly [string, string])[] = []
  for (let n = 0; n < flat.length; n += 2) fields.push([flat[n]!, flat[n + 1]!])
  return fields.sort(([a], [b]) => (a < b ? -1 : 1))
}
