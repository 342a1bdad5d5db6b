// Which records the command is given next, and which of them is to blame when it dies. It knows of no process.
import { Queue } from '../../lib/engine/queue.ts'
import type { LogRecord } from '../../lib/index.ts'

/** A record that the command is asked about. */
export class Question {
  readonly record: LogRecord
  /** How often the command died while it had nothing but this one to answer. */
  deaths = 0
  /** What the last of those deaths was like. */
  cause: Cause | undefined
  /** The command has answered another one since that death: it works. */
  othersAnswered = false

  constructor(record: LogRecord) {
    this.record = record
  }
}

/** Why the command died, or had to be ended: a word, and what is known. */
export interface Cause {
  reason: string
  detail: string
}

export interface QuestionLimits {
  /** Records that it is given before it has answered the first of them. */
  inFlight: number
  /** Deaths with nothing else to answer after which a record is given up. */
  attempts: number
}

/**
 * Records are given in their order, many at a time. When the command dies, any of those that it had not answered may
 * have killed it: what it answered may never have been written. So they are given again one by one, and one that it dies
 * of, alone, again and again is to blame. But only if it has answered another one before the last of these deaths:
 * else it is the command that is broken, and no record is given up for that.
 */
export class Questions<Q extends Question = Question> {
  readonly #limits: QuestionLimits
  readonly #waiting = new Queue<Q>()
  /** Given before, and not suspected any more: they go before those that wait. */
  #again: Q[] = []
  /** Given and not answered, in this order. */
  #flight: Q[] = []
  /** Those that are given alone, in the order in which they came. */
  #suspects: Q[] = []
  #ending = false

  constructor(limits: QuestionLimits) {
    this.#limits = limits
  }

  add(question: Q): void {
    this.#waiting.push(question)
  }

  /** No more is waited for. (A stage of a chain may still get what the stage before it held back: it is asked about, too.) */
  end(): void {
    this.#ending = true
  }

  /** How many are given and not answered. */
  get inFlight(): number {
    return this.#flight.length
  }

  /** The record whose answer is due. */
  get due(): Q | undefined {
    return this.#flight[0]
  }

  /** Whether the command has a record of this id, and has not answered it. */
  has(id: unknown): boolean {
    return this.#flight.some(({ record }) => record['@meta'].id === id)
  }

  /** The next one to be given, if one may be given now. */
  next(): Q | undefined {
    const most = this.#suspects.length > 0 ? 1 : this.#limits.inFlight
    if (this.#flight.length >= most) return undefined
    const question = this.#suspects.length > 0 ? this.#nextSuspect() : this.#takeWaiting()
    if (question) this.#flight.push(question)
    return question
  }

  /** The one that was given last was not given after all. */
  takeBack(): void {
    this.#flight.pop()
  }

  /** The command has answered the record that was due. */
  answered(): void {
    this.#flight.shift()
    for (const suspect of this.#suspects) suspect.othersAnswered = true
  }

  /** The command died with what it had not answered. Returns the record that is to blame, if that is known now. */
  died(cause: Cause): Q | undefined {
    const unanswered = this.#flight
    this.#flight = []
    const [alone] = unanswered
    if (unanswered.length === 1 && this.#isGuilty(alone!, cause)) {
      this.#trustOthers()
      return alone
    }
    this.#suspects = [...unanswered, ...this.#suspects]
    return undefined
  }

  /**
   * Nothing that could still be given would tell whether the records or the command are to blame: it has died of each that
   * is left as often as is allowed, and no other one will come.
   */
  get hopeless(): boolean {
    const others = this.#waiting.length + this.#again.length + this.#flight.length
    const { attempts } = this.#limits
    return (
      this.#ending &&
      others === 0 &&
      this.#suspects.length > 0 &&
      this.#suspects.every(({ deaths }) => deaths >= attempts)
    )
  }

  /** Gives up all that are left. */
  giveUp(): Q[] {
    const suspects = this.#suspects
    this.#suspects = []
    return suspects
  }

  #takeWaiting(): Q | undefined {
    return this.#again.shift() ?? this.#waiting.shift()
  }

  /** The first whose chance would tell something; else any other record, which may show that the command works. */
  #nextSuspect(): Q | undefined {
    const last = this.#limits.attempts - 1
    const telling = this.#suspects.findIndex(one => one.deaths < last || one.othersAnswered)
    if (telling >= 0) return this.#suspects.splice(telling, 1)[0]
    return this.#takeWaiting() ?? this.#leastTried()
  }

  #leastTried(): Q {
    const deaths = this.#suspects.map(suspect => suspect.deaths)
    return this.#suspects.splice(deaths.indexOf(Math.min(...deaths)), 1)[0]!
  }

  #isGuilty(question: Q, cause: Cause): boolean {
    question.deaths++
    question.cause = cause
    const { deaths, othersAnswered } = question
    question.othersAnswered = false
    return deaths >= this.#limits.attempts && othersAnswered
  }

  /** The one that killed it is found. If it was not the only one, the others will be found as it was. */
  #trustOthers(): void {
    this.#again = [...this.#suspects.filter(({ deaths }) => deaths === 0), ...this.#again]
    this.#suspects = this.#suspects.filter(({ deaths }) => deaths > 0)
  }
}
