import { atMostEvery, type Context, messageOf } from '../../../lib/index.ts'
import type { Agreement } from '../about.ts'
import type { Change } from '../change.ts'
import { clockAt, PatientClock } from '../clock.ts'
import { SliceTimer } from '../slice-timer.ts'
import { type Store, Unavailable, Unwritable } from '../store.ts'
import { scriptArguments } from './arguments.ts'
import type { Connection } from './connection.ts'
import { Entrance } from './entrance.ts'
import { namingCommand } from './forbidden.ts'
import { Questions } from './questions.ts'
import { reasonOf } from './reason.ts'
import { CHANGED, SCRIPT } from './script.ts'

export interface CountsOptions {
  prefix: string
  /** Milliseconds. */
  remember: number
  agreement: Agreement
}

/** The counts in a Redis, under one prefix. */
export class RedisCounts {
  readonly questions: Questions
  readonly entrance: Entrance
  readonly #connection: Connection
  readonly #prefix: string
  readonly #remember: number
  readonly #context: Context<'fieldsRefused'>
  readonly #print: string
  readonly #complain = atMostEvery(60_000)
  #clock = new PatientClock(clockAt(Date.now()))
  #script = ''
  /** The number of the latest change that was answered. */
  #latest = 0
  readonly #timer: SliceTimer

  constructor(
    connection: Connection,
    { prefix: written, remember, agreement }: CountsOptions,
    context: Context<'fieldsRefused'>,
  ) {
    const prefix = written && `${written}/`
    this.#connection = connection
    this.#prefix = prefix
    this.#remember = remember
    this.#timer = new SliceTimer(remember)
    this.#print = agreement.print
    this.#context = context
    this.questions = new Questions(connection, prefix)
    this.entrance = new Entrance({ connection, questions: this.questions, agreement, prefix }, context)
  }

  now = (): number => this.#clock.now()
  latest = (): number => this.#clock.latest()

  async begin(): Promise<{ since: number }> {
    const { where, send } = this.#connection
    const { since, time, isLost } = await this.entrance.enter()
    this.#clock = new PatientClock(clockAt(time))
    if (isLost) {
      this.#latest = 0
      this.#context.log.error(
        `${where} has lost all that was counted under this prefix; counting begins anew`,
      )
    }
    this.#script = await send('SCRIPT', 'LOAD', SCRIPT)
    // A change of nothing: whatever this user must not do is said now, and not when the first event comes.
    await this.#run({ ids: [], hashes: [], keys: [] })
    return { since }
  }

  write: Store['write'] = async change => {
    const connection = this.#connection
    try {
      const [known, failed] = await this.#run(change)
      connection.note(undefined)
      if (failed.length > 0) this.#refused(failed)
      return known.length > 0 ? known.map((n: number) => change.ids[n]!) : undefined
    } catch (error) {
      if (isOfChange(error)) throw new Unwritable(messageOf(error))
      const why = reasonOf(error).startsWith(CHANGED) ? await this.#beginAgain(error) : error
      // The connection itself knows better why it is not there.
      if (!(why instanceof Unavailable)) connection.note(reasonOf(why))
      throw why
    }
  }

  #refused(reasons: readonly string[]): void {
    this.#context.count('fieldsRefused', reasons.length)
    if (this.#complain())
      this.#context.log.error(
        { reason: reasons[0] },
        'something else in Redis has the name of a count, which is therefore not kept',
      )
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
    const words = scriptArguments(change, this.#prefix, this.#remember, this.#print, this.#timer.mayEnd)
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
