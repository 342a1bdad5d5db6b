import type { Endpoint } from '../endpoint.ts'

/** Events that may wait for one subscriber, or at it: ZeroMQ's own default. */
const MOST = 1_000
const LEAST = 16
/** Bytes that they take at most, where no number was asked for. */
const BYTES = 256 * 2 ** 20

/**
 * How many events may wait. It is chosen once: libzmq's reader tells its writer of every (mark + 1) / 2 messages that it has read, by the
 * mark that the connection began with (pipe.cpp, compute_lwm). Under a lower one the writer may take it for full for ever.
 */
export function queueMark({ query }: Endpoint, maxRecord: number): number {
  if (query.queue !== undefined) return Number(query.queue)
  return Math.min(MOST, Math.max(LEAST, Math.floor(BYTES / maxRecord)))
}
