/**
 * Milliseconds between two looks, in which a chain of three processes is woken up only once: 40 times a second instead of 100 is
 * 2 of 12 µs a record at 10,000/s. For a log it is early enough.
 */
const LONGEST = 25
const SHORTEST = 1

/** Bytes of kernel memory that a small datagram takes: a buffer of 8 MiB was full with 10,082 of 180 bytes. */
const SMALL = 832
/** A larger one: its bytes with a header, in pieces of the allocator. */
const LARGER = { factor: 1.25, more: 640 }

/** The part of the receive buffer that may be full at the next look, if it comes as it came. */
const SHARE = 0.25

/** As much as may come all of a sudden, and must find room: of a millisecond. The bytes are those of a gigabit a second. */
const BURST = { datagrams: 200, bytes: 125_000 }

/**
 * How long nobody has to look, in milliseconds.
 * @param last what came at the last look, and in how long
 * @param granted bytes that the kernel queues, as socket(7) counts them
 */
export function pause(
  last: { datagrams: number; bytes: number; milliseconds: number },
  granted: number,
): number {
  const size = last.datagrams === 0 ? 0 : last.bytes / last.datagrams
  // The kernel grants twice what it calls the size.
  const capacity = (2 * granted) / Math.max(SMALL, size * LARGER.factor + LARGER.more)
  const burst = Math.min(BURST.datagrams, BURST.bytes / size)
  const rate = last.datagrams / Math.max(1, last.milliseconds)
  const most = Math.min(LONGEST, capacity / burst, (capacity * SHARE) / rate)
  return Math.max(SHORTEST, Math.floor(most))
}
