const SHORTEST = 1

/** Bytes of kernel memory that a small datagram takes: a buffer of 8 MiB was full with 10,082 of 180 bytes. */
const SMALL = 832
/** A larger one: its bytes with a header, in pieces of the allocator. */
const LARGER = { factor: 1.25, more: 640 }

/** The part of the receive buffer that may be full at the next look, if it comes as it came. */
const SHARE = 0.25

/**
 * Kernel memory that may be full at the next look, where more comes than that: presumably because a processor's cache holds so
 * much. At 240,000/s, from UDP parsed into a file, a thread that looked each 25 ms was full for seconds, and lost datagrams
 * (78 and 80 % of a core on the whole); with about so much at a time it takes 67 and 72 %, with a third of it 79 and 85.
 */
const CACHED = 1024 * 1024

/** As much as may come all of a sudden, and must find room: of a millisecond. The bytes are those of a gigabit a second. */
const BURST = { datagrams: 200, bytes: 125_000 }

/** Notes what comes, and says when to look again. */
export class Pace {
  readonly #granted: number
  readonly #longest: number
  #came = { datagrams: 0, bytes: 0 }
  #looked: number

  /**
   * @param granted bytes that the kernel queues, as socket(7) counts them
   * @param longest milliseconds between two looks, where there is room for what comes meanwhile
   */
  constructor(granted: number, longest: number, now: number) {
    this.#granted = granted
    this.#longest = longest
    this.#looked = now
  }

  /** There may be several calls until nothing is left. */
  note(datagrams: number, bytes: number): void {
    this.#came.datagrams += datagrams
    this.#came.bytes += bytes
  }

  /** Nothing is left: the milliseconds until the next look. */
  next(now: number): number {
    const delay = pause({ ...this.#came, milliseconds: now - this.#looked }, this.#granted, this.#longest)
    this.#came = { datagrams: 0, bytes: 0 }
    this.#looked = now
    return delay
  }
}

/**
 * How long nobody has to look, in milliseconds.
 * @param last what came until the last look, and in how long
 * @param granted bytes that the kernel queues, as socket(7) counts them
 * @param longest the most of it
 */
export function pause(
  last: { datagrams: number; bytes: number; milliseconds: number },
  granted: number,
  longest: number,
): number {
  const size = last.datagrams === 0 ? 0 : last.bytes / last.datagrams
  // The kernel grants twice what it calls the size.
  const each = Math.max(SMALL, size * LARGER.factor + LARGER.more)
  const capacity = (2 * granted) / each
  const burst = Math.min(BURST.datagrams, BURST.bytes / size)
  const rate = last.datagrams / Math.max(1, last.milliseconds)
  const most = Math.min(longest, capacity / burst, Math.min(capacity * SHARE, CACHED / each) / rate)
  return Math.max(SHORTEST, Math.floor(most))
}
