import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { type Context, messageOf } from '../../../lib/index.ts'
import type { Agreement } from '../about.ts'
import type { Change } from '../change.ts'
import { clockAt, PatientClock } from '../clock.ts'
import { SliceTimer } from '../slice-timer.ts'
import { type Store, Unavailable, Unwritable } from '../store.ts'
import { scriptArguments } from './arguments.ts'
import { type Connection, reasonOf } from './connection.ts'
import { ASK, ENTER, GONE_AFTER, STAY } from './enter.ts'
import { namingCommand } from './forbidden.ts'
import { FORGET, FORGOTTEN_AT_ONCE } from './forget.ts'
import { Questions } from './questions.ts'
import { CHANGED, SCRIPT } from './script.ts'
import { checkServer } from './server.ts'

export interface CountsOptions {
  prefix: string
  /** Milliseconds. */
  remember: number
  agreement: Agreement
}

/** What a Redis that does not answer may keep the end waiting for, milliseconds. */
const LEAVE_WITHIN = 1_000

/** The counts in a Redis, under one prefix. */
export class RedisCounts {
  readonly questions: Questions
  readonly #connection: Connection
  readonly #prefix: string
  readonly #remember: number
  readonly #context: Context<'fieldsRefused'>
  readonly #agreement: Agreement
  readonly #me = `${hostname()}:${process.pid}:${randomUUID()}`
  #clock = new PatientClock(clockAt(Date.now()))
  #script = ''
  #about = ''
  /** The number of the latest change that was answered. */
  #latest = 0
  /** What the store said when its keys were looked at last; null: nothing. */
  #looked: string | null | undefined
  /** What was said of the server: it is not said again each time that it is tried. */
  readonly #told = new Set<string>()
  readonly #timer: SliceTimer
  #stay: NodeJS.Timeout | undefined

  constructor(
    connection: Connection,
    { prefix, remember, agreement }: CountsOptions,
    context: Context<'fieldsRefused'>,
  ) {
    this.#connection = connection
    this.#prefix = prefix && `${prefix}/`
    this.#remember = remember
    this.#timer = new SliceTimer(remember)
    this.#agreement = agreement
    this.#context = context
    this.questions = new Questions(connection, this.#prefix)
  }

  now = (): number => this.#clock.now()
  latest = (): number => this.#clock.latest()

  async begin(): Promise<{ since: number }> {
    const { send } = this.#connection
    await checkServer(this.#connection, this.#told, this.#context)
    const about: string | null = await send('GET', `${this.#prefix}sluice:about`)
    // Who waits comes again each second: all keys are read once.
    if (about === this.#looked) this.#refuseOther(await this.#eval(ASK, this.#agreement.print))
    this.#script = await send('SCRIPT', 'LOAD', SCRIPT)
    const name = `${this.#prefix}sluice:since`
    const [seconds] = await send('TIME')
    this.#clock = new PatientClock(clockAt(Number(seconds) * 1000))
    const isNew = (await send('SET', name, String(Number(seconds) * 1000), 'NX')) !== null
    if (isNew && this.#about !== '') {
      this.#latest = 0
      this.#context.log.error(
        `${this.#connection.where} has lost all that was counted under this prefix; counting begins anew`,
      )
    }
    const since = Number(await send('GET', name))
    await this.questions.tryKeys()
    this.#about = await this.#agreement.agree(about ?? undefined, this.questions.allKeys)
    this.#looked = about
    this.#refuseOther(await this.#eval(ENTER, this.#agreement.print, this.#me, this.#about))
    // A change of nothing: whatever this user must not do is said now, and not when the first event comes.
    await this.#run({ ids: [], hashes: [], keys: [] })
    // Whoever cannot reach it now says so elsewhere, and enters again when it writes.
    this.#stay ??= setInterval(() => this.stayAndForget().catch(() => {}), GONE_AFTER / 3).unref()
    return { since }
  }

  /** Others, with other templates, need not wait until it is seen that this one has gone. */
  async leave(): Promise<void> {
    clearInterval(this.#stay)
    const { send } = this.#connection
    const control = new AbortController()
    const left = send('ZREM', `${this.#prefix}sluice:users`, `${this.#agreement.print} ${this.#me}`)
    const late = wait(LEAVE_WITHIN, undefined, { signal: control.signal })
    await Promise.race([left, late]).catch(() => {})
    control.abort()
    late.catch(() => {})
  }

  /** Throws who counts something else here. */
  #refuseOther(other: string | null): void {
    if (other === null) return
    const [, where] = /^\S+ (.+):\d+:[^:]+$/.exec(other) ?? []
    throw new Error(
      `a sluice-count on ${where} counts by other templates, another --timezone, --remember or --keep here; stop that one, or give this one another --prefix (it goes on a minute after that one was last seen)`,
    )
  }

  /** Now and then: says that it is still there. */
  async stayAndForget(): Promise<void> {
    await this.#eval(STAY, this.#agreement.print, this.#me)
    while ((await this.#eval(FORGET)) === FORGOTTEN_AT_ONCE);
  }

  async #eval(script: string, ...words: readonly string[]) {
    try {
      return await this.#connection.send('EVAL', script, '0', this.#prefix, ...words)
    } catch (error) {
      throw namingCommand(error, script)
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
      if (failed.length > 0) this.#context.count('fieldsRefused', failed.length)
      return known.length > 0 ? known.map((n: number) => change.ids[n]!) : undefined
    } catch (error) {
      if (isOfChange(error)) throw new Unwritable(messageOf(error))
      const why = reasonOf(error).startsWith(CHANGED) ? await this.#beginAgain(error) : error
      // The connection itself knows better why it is not there.
      if (!(why instanceof Unavailable)) connection.note(reasonOf(why))
      throw why
    }
  }

  /** Why it cannot; or the reason for it, with which it is tried again. */
  async #beginAgain(reason: unknown): Promise<unknown> {
    try {
      await this.begin()
      return reason
    } catch (error) {
      return error
    }
  }

  async #run(change: Change): Promise<[known: number[], failed: string[]]> {
    const { send } = this.#connection
    const { print } = this.#agreement
    const words = scriptArguments(change, this.#prefix, this.#remember, print, this.#timer.mayEnd)
    const answer = await send('EVALSHA', this.#script, '0', ...words).catch(error => {
      // It was started again meanwhile, and has forgotten it. Answers stay in order.
      if (messageOf(error).startsWith('NOSCRIPT')) return send('EVAL', SCRIPT, '0', ...words)
      throw namingCommand(error, SCRIPT)
    })
    const [known, failed, number, slice] = answer
    if (number !== undefined) this.#compare(number)
    if (slice !== undefined) this.#timer.saw(slice)
    return [known, failed]
  }

  /** Several batches may be under way, and their answers come in order. */
  #compare(number: number): void {
    if (number <= this.#latest)
      this.#context.log.error(
        `${this.#connection.where} has lost changes that it had answered, ${this.#latest - number + 1} at least: its host or it ended, or a replica took its place; their events do not come again`,
      )
    this.#latest = number
  }
}

/** Whether it is a mistake in here or at the beginning of the script, which has changed nothing yet, that this change brings to light. */
function isOfChange(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return true
  // So Lua says it of its own line. What a command says within it begins with a word in capitals: OOM, NOPERM.
  return /user_script:\d+: [a-z]/.test(messageOf(error))
}
