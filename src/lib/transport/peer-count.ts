/** A connection begins, is ready or has failed to become so, and ends. */
export type PeerEvent = 'begun' | 'ready' | 'failed' | 'ended'

/** Milliseconds that a handshake takes at most, where the machine is not very busy. */
export const HANDSHAKE = 1_000

/**
 * Counts from the events of connections. libzmq's monitor does not say which connection they are of. Who is no ZeroMQ, or has other keys,
 * fails before it ends; but one that is only of a wrong type just ends, as one does who has been there. Where it may be either of them,
 * time tells: a handshake that is not over after a second is that one. If that was wrong as well, the count is right again as soon as
 * those handshakes are over.
 */
export class PeerCount {
  count = 0
  readonly #now: () => number
  /** When those connections began that are not ready yet. */
  readonly #begun: number[] = []
  /** Connections that have failed and are about to end. */
  #failed = 0
  /** When those ended of whom it is not known yet whether they had been ready. */
  readonly #unclear: number[] = []
  #present: PromiseWithResolvers<void> | undefined

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Of the end of a connection, says whether that was a wrong peer, or is not clear: then `settle` is to be asked, after a handshake. */
  on(event: PeerEvent): 'wrong' | 'unclear' | undefined {
    if (event === 'begun') this.#begun.push(this.#now())
    else if (event === 'ready') this.#ready()
    else if (event === 'failed') this.#failed++
    else return this.#ended()
    return undefined
  }

  /** Decides what was not clear a handshake ago. */
  settle(): { wrong: boolean; unclear: boolean } {
    let wrong = false
    const until = this.#now() - HANDSHAKE
    for (let end = this.#unclear[0]; end !== undefined && end <= until; end = this.#unclear[0]) {
      this.#unclear.shift()
      const own = this.#justBegun(end)
      if (own < 0) this.#leave()
      else {
        this.#begun.splice(own, 1)
        wrong = true
      }
    }
    return { wrong, unclear: this.#unclear.length > 0 }
  }

  present(): Promise<void> | undefined {
    if (this.count > 0) return undefined
    this.#present ??= Promise.withResolvers()
    return this.#present.promise
  }

  #ready(): void {
    // Where none had begun, another one has left in its name.
    if (this.#begun.pop() !== undefined || this.count === 0) this.count++
    this.#present?.resolve()
    this.#present = undefined
  }

  #ended(): 'wrong' | 'unclear' | undefined {
    if (this.#failed > 0) {
      this.#failed--
      if (this.#begun.shift() !== undefined) return 'wrong'
    }
    const now = this.#now()
    if (this.count <= this.#unclear.length && this.#begun.pop() !== undefined) return 'wrong'
    if (this.#justBegun(now) < 0) {
      this.#leave()
      return undefined
    }
    this.#unclear.push(now)
    return 'unclear'
  }

  /** Which one began so shortly before that its handshake may have ended then. Who is silent for longer is another one. */
  #justBegun(end: number): number {
    return this.#begun.findLastIndex(begun => begun <= end && begun > end - HANDSHAKE)
  }

  #leave(): void {
    this.count = Math.max(0, this.count - 1)
  }
}
