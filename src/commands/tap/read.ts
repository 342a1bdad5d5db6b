import type { IncomingMessage } from 'node:http'
import { followDoor, Refusal, whyNoAnswer } from '../../lib/asking/ask.ts'
import type { Credentials, Door } from '../../lib/asking/doors.ts'
import { WholeLines } from '../../lib/children/whole-lines.ts'
import { Misuse } from '../../lib/errors.ts'

/** Milliseconds in which a daemon that is there has said something, if only an empty line: three of those. */
const SILENCE = 45_000

/** That nobody answers, or not now: it may be another matter later. */
export class Away extends Error {}

/** Asks one daemon to show its records. Throws Misuse for what it does not take, Away, and an Error when it says no. */
export async function open(
  door: Door,
  path: string,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  try {
    return await followDoor(door, path, credentials, signal)
  } catch (error) {
    if (error instanceof Refusal && error.status === 400)
      throw new Misuse(error.message.replace(/^HTTP 400: /, ''))
    const isFinal = error instanceof Refusal && error.status < 500
    throw new (isFinal ? Error : Away)(`${door.address}: ${whyNoAnswer(error).why}`)
  }
}

/**
 * Reads what it shows, line by line, until it ends, is silent or the signal.
 * @param line resolves when the next one may come
 */
export async function read(
  response: IncomingMessage,
  signal: AbortSignal,
  line: (text: string) => Promise<void>,
): Promise<void> {
  response.setTimeout(SILENCE, () => response.destroy())
  const lines = new WholeLines()
  const pieces: AsyncIterator<Buffer> = response[Symbol.asyncIterator]()
  for (;;) {
    // A daemon that is killed ends no answer.
    const next = await pieces.next().catch(() => undefined)
    if (!next || next.done) return
    const whole = lines.take(next.value)?.toString().split('\n') ?? []
    for (const one of whole) if (one !== '' && !signal.aborted) await line(one)
  }
}
