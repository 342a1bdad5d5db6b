import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import type { Context } from '../../../lib/index.ts'
import { nowAndThen } from '../../../lib/now-and-then.ts'
import type { Agreement } from '../about.ts'
import type { Connection } from './connection.ts'
import { ASK, ENTER, GONE_AFTER, STAY } from './enter.ts'
import { namingCommand } from './forbidden.ts'
import { FORGET, FORGOTTEN_AT_ONCE } from './forget.ts'
import type { Questions } from './questions.ts'
import { checkServer } from './server.ts'

export interface EntranceOptions {
  connection: Connection
  questions: Questions
  agreement: Agreement
  /** With its slash. */
  prefix: string
}

/** What was found by who entered. */
export interface Found {
  /** Since when counts are there, epoch milliseconds. */
  since: number
  /** What the server's clock shows, epoch milliseconds. */
  time: number
  /** There was nothing, although this process has been there before. */
  isLost: boolean
}

/** What a Redis that does not answer may keep the end waiting for, milliseconds. */
const LEAVE_WITHIN = 1_000

/** Enters among those that count into one Redis under one prefix, stays, and leaves (enter.ts). */
export class Entrance {
  readonly #options: EntranceOptions
  readonly #context: Context
  readonly #me = `${hostname()}:${process.pid}:${randomUUID()}`
  #wasIn = false
  /** It was found to be empty since it was entered last. */
  #isLost = false
  /** What the store said when its keys were looked at last; null: nothing. */
  #looked: string | null | undefined
  /** What was said of the server: it is not said again each time that it is tried. */
  readonly #told = new Set<string>()

  constructor(options: EntranceOptions, context: Context) {
    this.#options = options
    this.#context = context
  }

  /** Throws why it may not. */
  async enter(): Promise<Found> {
    const { connection, questions, agreement, prefix } = this.#options
    const { send } = connection
    await checkServer(connection, this.#told, this.#context)
    const before: string | null = await send('GET', `${prefix}sluice:about`)
    // Who waits comes again each second: all keys are read once.
    if (before === this.#looked) refuse(await this.#eval(ASK, agreement.print))
    const [seconds] = await send('TIME')
    const time = Number(seconds) * 1000
    const name = `${prefix}sluice:since`
    const isNew = (await send('SET', name, String(time), 'NX')) !== null
    this.#isLost ||= isNew && this.#wasIn
    const since = Number(await send('GET', name))
    await questions.tryKeys()
    const about = await agreement.agree(before ?? undefined, questions.allKeys)
    this.#looked = before
    refuse(await this.#eval(ENTER, agreement.print, this.#me, about))
    const isLost = this.#isLost
    this.#isLost = false
    this.#wasIn = true
    return { since, time, isLost }
  }

  /** From when it is in until the end. Whoever cannot reach it now says so elsewhere, and enters again when it writes. */
  stay(): void {
    const work = async () => {
      if (this.#wasIn) await this.stayAndForget()
    }
    nowAndThen(GONE_AFTER / 3, work, this.#context)
  }

  /** Says that it is still there. */
  async stayAndForget(): Promise<void> {
    await this.#eval(STAY, this.#options.agreement.print, this.#me)
    while ((await this.#eval(FORGET)) === FORGOTTEN_AT_ONCE);
  }

  /** Others, with other templates, need not wait until it is seen that this one has gone. */
  async leave(): Promise<void> {
    const { connection, agreement, prefix } = this.#options
    const control = new AbortController()
    const left = connection.send('ZREM', `${prefix}sluice:users`, `${agreement.print} ${this.#me}`)
    const late = wait(LEAVE_WITHIN, undefined, { signal: control.signal })
    await Promise.race([left, late]).catch(() => {})
    control.abort()
    late.catch(() => {})
  }

  async #eval(script: string, ...words: readonly string[]) {
    const { connection, prefix } = this.#options
    try {
      return await connection.send('EVAL', script, '0', prefix, ...words)
    } catch (error) {
      throw namingCommand(error, script)
    }
  }
}

/** Throws who counts something else here. */
function refuse(other: string | null): void {
  if (other === null) return
  const [, where] = /^\S+ (.+):\d+:[^:]+$/.exec(other) ?? []
  throw new Error(
    `a sluice-count on ${where} counts by other templates, another --timezone, --remember or --keep here; stop that one, or give this one another --prefix (it goes on a minute after that one was last seen)`,
  )
}
