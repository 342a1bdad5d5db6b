/** Milliseconds between two looks: 100 wake-ups a second are cheap, and 10 ms late is early enough for a log. */
const LONGEST = 10
const SHORTEST = 1

/** Bytes of kernel memory that a small datagram takes: a buffer of 8 MiB was full with 10,082 of 180 bytes. */
const SMALL = 832
/** A larger one: its bytes with a header, in pieces of the allocator. */
const LARGER = { factor: 1.25, more: 640 }

/** The part of the receive buffer that may be full at the next look, if it comes as it came. */
const SHARE = 0.25

/**
 * How long nobody has to look, in milliseconds.
 * @param last what came at the last look, and in how long
 * @param granted bytes that the kernel queues, as socket(7) counts them
 */
export function pause(
  last: { datagrams: number; bytes: number; milliseconds: number },
  granted: number,
): number {
  if (last.datagrams === 0) return LONGEST
  const each = Math.max(SMALL, (last.bytes / last.datagrams) * LARGER.factor + LARGER.more)
  // The kernel grants twice what it calls the size.
  const capacity = (2 * granted) / each
  const rate = last.datagrams / Math.max(1, last.milliseconds)
  return Math.min(LONGEST, Math.max(SHORTEST, Math.floor((capacity * SHARE) / rate)))
}
