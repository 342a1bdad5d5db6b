import type { IncomingMessage } from 'node:http'
import { followDoor, Refusal, whyNoAnswer } from '../../lib/asking/ask.ts'
import type { Credentials, Door } from '../../lib/asking/doors.ts'
import { WholeLines } from '../../lib/children/whole-lines.ts'
import { Misuse, messageOf } from '../../lib/errors.ts'

/** Milliseconds in which a daemon that is there has said something, if only an empty line: three of those. */
const SILENCE = 45_000
/** Bytes of a line: a record has 1 MiB at most, where nobody has chosen more. */
const LONGEST = 256 * 2 ** 20

/** That nobody answers, or not now: it may be another matter later. */
export class Away extends Error {}

/**
 * Asks one daemon to show its records. Throws Misuse for what it does not take, Away, and an Error when it says no.
 * @param wasThere it has shown some before
 */
export async function open(
  door: Door,
  path: string,
  credentials: Credentials,
  signal: AbortSignal,
  wasThere: boolean,
): Promise<IncomingMessage> {
  try {
    return await followDoor(door, path, credentials, signal)
  } catch (error) {
    const status = error instanceof Refusal ? error.status : Number.POSITIVE_INFINITY
    // A chain that is started again answers before its stages, and their outputs, are there.
    const mayCome = wasThere && (status === 404 || status === 400)
    if (status === 400 && !mayCome) throw new Misuse(messageOf(error).replace(/^HTTP 400: /, ''))
    const isFinal = status < 500 && !mayCome
    throw new (isFinal ? Error : Away)(`${door.address}: ${whyNoAnswer(error).why}`)
  }
}

/**
 * Reads what it shows, line by line, until it ends, is silent or the signal. Throws where that is nothing that a daemon shows.
 * @param line resolves when the next one may come
 * @param silence milliseconds
 * @param longest bytes of a line
 */
export async function read(
  response: IncomingMessage,
  signal: AbortSignal,
  line: (text: string) => Promise<void>,
  { silence = SILENCE, longest = LONGEST } = {},
): Promise<void> {
  const lines = new WholeLines()
  const pieces: AsyncIterator<Buffer> = response[Symbol.asyncIterator]()
  for (;;) {
    // Not while nobody reads here: that says nothing about the daemon.
    const silent = setTimeout(() => response.destroy(), silence)
    // A daemon that is killed ends no answer.
    const next = await pieces.next().catch(() => undefined)
    clearTimeout(silent)
    if (!next || next.done) return
    const whole = lines.take(next.value)?.toString().split('\n') ?? []
    if (lines.length > longest) {
      response.destroy()
      throw new Error('what answers there is no daemon of Sluice: its line has no end')
    }
    for (const one of whole) if (one !== '' && !signal.aborted) await line(one)
  }
}
