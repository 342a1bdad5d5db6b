import { accounted } from '../../lib/engine/receipt.ts'
import type { Feed, LogRecord, Receipt } from '../../lib/index.ts'
import { TimeLimit } from '../../lib/serve/time-limit.ts'
import { busy } from './refused.ts'

/** Hands events on, those of pages together: there is no promise for each. */
export class Intake {
  readonly #answers: TimeLimit
  #feed: Feed | undefined
  #pending: LogRecord[] = []
  #given: (() => void)[] = []
  #flushed: PromiseWithResolvers<void> | undefined
  #acceptedAt = Number.NEGATIVE_INFINITY
  /** Somebody waited for too long, and nothing was accepted since: what is brought again would be there twice. */
  #isStalled = false
  /** What was handed on and of which nobody knows what became. */
  #underWay = 0

  /** @param answerWithin how long somebody waits for his events to be accepted, in milliseconds */
  constructor(answerWithin: number) {
    this.#answers = new TimeLimit(answerWithin, () => this.#acceptedAt)
  }

  start(feed: Feed): void {
    this.#feed = feed
  }

  /** What comes later is refused. */
  stop(): void {
    this.#flush()
    this.#feed = undefined
  }

  /** What has not been accepted by now will not be. */
  giveUp(): void {
    this.#answers.giveUp(busy('this is stopping'))
  }

  /** Whether it can take anything: not before the start, nor after the end. */
  get isOpen(): boolean {
    return this.#feed !== undefined
  }

  /**
   * Takes events of pages, for which nobody waits: where there is no room they are dropped, and counted.
   * Throws Refused before the start and after the end: a body may have been on its way for that long.
   * @param given called when they are handed on, which is soon
   */
  give(records: readonly LogRecord[], given?: () => void): void {
    if (!this.#feed) throw busy('this is starting or stopping')
    if (this.#pending.length === 0) setImmediate(() => this.#flush())
    for (const record of records) this.#pending.push(record)
    if (given) this.#given.push(given)
  }

  /** The same; resolves when they are accepted. Throws Refused. */
  async accept(records: readonly LogRecord[]): Promise<void> {
    if (this.#isStalled) throw busy('events are not accepted at the moment')
    this.#flushed ??= Promise.withResolvers()
    const { promise } = this.#flushed
    this.give(records)
    await this.#answers.wait(promise, () => {
      this.#isStalled = true
      return busy('the events were not accepted in time')
    })
  }

  #flush(): void {
    const [records, flushed, given] = [this.#pending, this.#flushed, this.#given]
    // Nothing is given after the end; what came before it is gone by then.
    if (records.length === 0 || !this.#feed) return
    this.#pending = []
    this.#given = []
    this.#flushed = undefined
    const receipt = this.#feed.emit(records)
    this.#underWay++
    receipt.then(this.#accepted, () => {}).then(this.#settled)
    flushed?.resolve(receipt.then(checkRoom))
    for (const done of given) done()
  }

  readonly #accepted = (receipt: Receipt): void => {
    if (!isProgress(receipt)) return
    this.#isStalled = false
    this.#acceptedAt = performance.now()
  }

  /** Where nothing is under way, nothing can be there twice, nor tell that it goes on again. */
  readonly #settled = (): void => {
    if (--this.#underWay === 0) this.#isStalled = false
  }
}

/** Whether something went on, whatever was dropped beside it. */
function isProgress({ 'dropped:buffer-full': dropped = 0, ...receipt }: Receipt): boolean {
  return dropped === 0 || accounted(receipt) > 0
}

function checkRoom(receipt: Receipt): void {
  if (receipt['dropped:buffer-full']) throw busy('there is no room for events at the moment')
}
