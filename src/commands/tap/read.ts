import { followDoor, Refusal, whyNoAnswer } from '../../lib/asking/ask.ts'
import type { Credentials, Door } from '../../lib/asking/doors.ts'
import { WholeLines } from '../../lib/children/whole-lines.ts'
import { Misuse } from '../../lib/errors.ts'

/**
 * Reads what one daemon shows, line by line, until it ends or the signal. Throws Misuse for what it does not take, and an Error when it
 * cannot be asked.
 * @param line resolves when the next one may come
 */
export async function read(
  door: Door,
  path: string,
  credentials: Credentials,
  signal: AbortSignal,
  line: (text: string) => Promise<void>,
): Promise<void> {
  try {
    const lines = new WholeLines()
    for await (const piece of await open(door, path, credentials, signal)) {
      const whole = lines.take(piece)?.toString().split('\n') ?? []
      for (const one of whole) if (one !== '' && !signal.aborted) await line(one)
    }
  } catch (error) {
    // A daemon that is killed ends no answer.
    if (!signal.aborted && !isCut(error)) throw error
  }
}

async function open(door: Door, path: string, credentials: Credentials, signal: AbortSignal) {
  try {
    return await followDoor(door, path, credentials, signal)
  } catch (error) {
    if (error instanceof Refusal && error.status === 400)
      throw new Misuse(error.message.replace(/^HTTP 400: /, ''))
    if (signal.aborted) throw error
    throw new Error(`${door.address}: ${whyNoAnswer(error).why}`)
  }
}

function isCut(error: unknown): boolean {
  return ['ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '')
}
