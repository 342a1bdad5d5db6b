import type { IncomingMessage } from 'node:http'
import type { Context, Feed } from '../../lib/index.ts'
import { type Coding, type Content, contentOf } from '../../lib/serve/content.ts'
import { TimeLimit } from '../../lib/serve/time-limit.ts'
import type { Oversize } from '../../lib/text/oversize.ts'
import { type BodyOptions, BodyRecords } from './body-records.ts'
import { Given } from './given.ts'
import { BodyReader, tooLarge } from './read-body.ts'
import { busy, LATER, Refusal, SOON, stopping } from './refusal.ts'
import { Unanswered } from './unanswered.ts'

export interface RequestOptions {
  context: Context<'oversize'>
  maxBody: number
  /** How long a client waits for its answer while nothing is accepted, in milliseconds. */
  answerWithin: number
  oversize: Oversize
}

/** What is kept of all bodies together, with what becomes of JSON, may be so many times the largest one. */
const BODIES = 4
/** However small that is, it is no less: there are bodies of a few bytes that become many times as much. */
const LEAST_KEPT = 1024 * 1024

/** Takes the bodies of requests, and answers when their records are accepted. */
export class Requests {
  readonly #options: RequestOptions
  readonly #room: TimeLimit
  readonly #answers: TimeLimit
  readonly #unanswered = new Unanswered()
  /** Requests of which not all was handed over, and those of them whose body is on its way. */
  #taking = 0
  readonly #readers = new Set<BodyReader>()
  #feed: Feed | undefined
  #held = 0
  /**
   * Nothing was accepted for so long that a client was sent away, and nothing has been since. Whatever else is brought would
   * only be repeated, and be there as often: nobody is let in.
   */
  #isStalled = false
  /** When something was accepted, by performance.now(). */
  #acceptedAt = Number.NEGATIVE_INFINITY
  #takenAll: (() => void) | undefined

  constructor(options: RequestOptions) {
    this.#options = options
    this.#room = new TimeLimit(options.answerWithin, () => this.#acceptedAt)
    this.#answers = new TimeLimit(options.answerWithin, () => this.#acceptedAt)
  }

  start(feed: Feed): void {
    this.#feed = feed
  }

  /** Lets nobody in any more. Resolves when all is handed over that is on its way; what is not by then is refused. */
  async stop(grace: number): Promise<void> {
    this.#feed = undefined
    if (this.#taking === 0) return
    const timer = setTimeout(() => {
      for (const reader of this.#readers) reader.refuse(stopping())
      this.#room.giveUp(stopping())
    }, grace)
    await new Promise<void>(resolve => {
      this.#takenAll = resolve
    })
    clearTimeout(timer)
  }

  /** What has not been accepted by now will not be. */
  giveUp(): void {
    this.#answers.giveUp(stopping())
  }

  /** Resolves to the number of records of a request when all of them are accepted. Throws Refusal or Gone. */
  async receive(incoming: IncomingMessage, meta: BodyOptions['meta']): Promise<number> {
    const content = this.#admit(incoming)
    const given = new Given(this.#feed!, this.#accepted)
    const { context, oversize } = this.#options
    const body = new BodyRecords({ context, form: content.form, oversize, meta })
    this.#taking++
    try {
      await this.#take(incoming, content.coding, body, given)
    } finally {
      if (--this.#taking === 0) this.#takenAll?.()
    }
    await this.#accept(given)
    return given.count
  }

  async #accept(given: Given): Promise<void> {
    const accepted = given.accepted()
    // Also when nobody waits for it any more: it may be what everybody else is waiting for.
    accepted.then(this.#accepted, () => {})
    const answered = this.#unanswered.add()
    await this.#answers
      .wait(accepted, () => this.#stall())
      .then(
        () => answered(true),
        error => {
          answered(false)
          throw error
        },
      )
  }

  async #take(
    incoming: IncomingMessage,
    coding: Coding | undefined,
    body: BodyRecords,
    given: Given,
  ): Promise<void> {
    await this.#roomFor(given)
    let held = 0
    const take = (chunk: Buffer) => {
      body.push(chunk)
      held = this.#hold(held, body.held)
      given.emit(body.take())
      return this.#roomFor(given)
    }
    try {
      await this.#read(new BodyReader(incoming, { coding, most: this.#options.maxBody, take }))
      endOf(body)
      for (let records = body.take(); records.length > 0; ) {
        given.emit(records)
        records = body.take()
        if (records.length > 0) await this.#roomFor(given)
      }
    } finally {
      this.#held -= held
    }
  }

  #admit({ headers }: IncomingMessage): Content {
    if (!this.#feed) throw stopping()
    const { maxBody, answerWithin } = this.#options
    // What is taken and not answered in time is brought again, and is there twice.
    if (this.#isStalled || this.#unanswered.age > answerWithin)
      throw busy('records are not accepted at the moment', LATER)
    if (Number(headers['content-length'] ?? 0) > maxBody) throw tooLarge(maxBody)
    const content = contentOf(headers)
    if ('message' in content) throw new Refusal(415, content.message, content.headers)
    return content
  }

  async #read(reader: BodyReader): Promise<void> {
    this.#readers.add(reader)
    try {
      await reader.done
    } finally {
      this.#readers.delete(reader)
    }
  }

  /** Undefined when there is room. */
  #roomFor({ feed }: Given): Promise<void> | undefined {
    const room = feed.room()
    return (
      room &&
      this.#room.wait(room, () => {
        room.then(this.#accepted)
        return this.#stall()
      })
    )
  }

  readonly #accepted = (): void => {
    this.#isStalled = false
    this.#acceptedAt = performance.now()
  }

  #stall(): Refusal {
    this.#isStalled = performance.now() - this.#acceptedAt >= this.#options.answerWithin
    return busy('records were not accepted in time', LATER)
  }

  /** Enters what is kept of a body, and returns it. */
  #hold(before: number, now: number): number {
    const most = Math.max(LEAST_KEPT, this.#options.maxBody * BODIES)
    if (now > most) throw new Refusal(413, 'the body has too many values; send less at a time')
    if (now > before && this.#held + now - before > most) throw busy('too many bodies at once', SOON)
    this.#held += now - before
    return now
  }
}

function endOf(body: BodyRecords): void {
  try {
    body.end()
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new Refusal(400, `the body is not JSON, and nothing of it was taken: ${error.message}`)
  }
}
