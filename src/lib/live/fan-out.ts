import type { Round } from './group.ts'

/** Milliseconds between two rounds, so that what comes close together goes together. */
const INTERVAL = 10
/** So long it writes before others have a turn, milliseconds. */
const TURN = 5
/** Clients between two looks at the clock. */
const LOOK = 32

/**
 * Writes rounds to their clients. The first event after a pause goes at once. Where there is more to write than time, rounds come
 * as far apart as each of them takes: half of the time is left for those who send.
 */
export class FanOut {
  readonly #collect: () => Round[]
  #rounds: Round[] = []
  /** The next client of the first round. */
  #next = 0
  #isDue = false
  #isWoken = false
  #timer: NodeJS.Timeout | undefined
  #spent = 0
  #earliest = 0

  /** @param collect takes what is there to be sent of all groups */
  constructor(collect: () => Round[]) {
    this.#collect = collect
  }

  /** Whether all that came was given to everybody. */
  get isIdle(): boolean {
    return !this.#isDue
  }

  /** There is something to be sent. */
  wake(): void {
    this.#isWoken = true
    if (!this.#isDue) this.#schedule()
  }

  #schedule(): void {
    this.#isDue = true
    const wait = this.#earliest - performance.now()
    if (wait < 1) setImmediate(() => this.#turn())
    else this.#timer = setTimeout(() => this.#turn(), wait)
  }

  /** Puts a round behind those that are there already. */
  add(round: Round | undefined): void {
    if (!round) return
    this.#rounds.push(round)
    this.wake()
  }

  /** All of it, now. */
  finish(): void {
    clearTimeout(this.#timer)
    this.#rounds.push(...this.#take())
    this.#write(Number.POSITIVE_INFINITY)
  }

  #turn(): void {
    const start = performance.now()
    if (this.#next === 0) this.#rounds.push(...this.#take())
    const isDone = this.#write(start + TURN)
    const end = performance.now()
    this.#spent += end - start
    if (!isDone) {
      setImmediate(() => this.#turn())
      return
    }
    this.#earliest = end + Math.max(INTERVAL, this.#spent)
    this.#spent = 0
    this.#isDue = false
    // What has come while it wrote.
    if (this.#isWoken) this.#schedule()
  }

  #take(): Round[] {
    this.#isWoken = false
    return this.#collect()
  }

  /** Until the deadline; says whether it is done. */
  #write(deadline: number): boolean {
    for (let round = this.#rounds[0]; round; round = this.#rounds[0]) {
      const { clients } = round
      for (; this.#next < clients.length; this.#next++) {
        if (this.#next % LOOK === LOOK - 1 && performance.now() > deadline) return false
        write(round, this.#next)
      }
      this.#next = 0
      this.#rounds.shift()
    }
    return true
  }
}

function write({ frames, missed, clients }: Round, n: number): void {
  const client = clients[n]!
  if (client.isGone) return
  for (const frame of frames) client.take(frame)
  if (missed === 0) return
  client.miss(missed)
  client.relieved()
}
