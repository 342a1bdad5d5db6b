import { type Child, describeEnd, type ErrorLog, startChild } from '../../lib/children/index.ts'
import { Backoff, type Context, Fatal, messageOf } from '../../lib/index.ts'
import { LineFraming } from '../../lib/text/line-framing.ts'

/** Milliseconds of life after which one that says nothing is believed to work: nothing may be there to say. */
const LONG_ENOUGH = 2_000

/** Bytes of a line: bytes that are no text are written as numbers, so a megabyte is four of it. */
const LONGEST = 16 * 1024 * 1024

export interface JournalctlOptions {
  /** The program, found. */
  program: string
  environment: NodeJS.ProcessEnv
  errors: ErrorLog
  context: Context<'restarts'>
}

/** What is made of the lines that it writes. */
export interface LineTaker {
  /** A line, without its end; `whole` is false where it is too long, and this is only its beginning. */
  line(text: string, whole: boolean): void
  /** All of a piece has been taken; resolves when more may be read. */
  taken(): Promise<void> | undefined
}

/** Runs journalctl. */
export class Journalctl {
  readonly #options: JournalctlOptions

  constructor(options: JournalctlOptions) {
    this.#options = options
  }

  /** Gives the lines that it writes until it ends, or until the signal. Throws Fatal when it fails. */
  async readAll(words: readonly string[], taker: LineTaker, signal: AbortSignal): Promise<void> {
    const why = await this.#read(words, taker, signal)
    if (why !== undefined) throw new Fatal(why)
  }

  /**
   * Gives the lines that it writes. When it ends, which is not to be, it is started again with the words as they are then, until
   * the signal.
   */
  async follow(words: () => readonly string[], taker: LineTaker, signal: AbortSignal): Promise<void> {
    const { context } = this.#options
    const backoff = new Backoff(100, 30_000)
    while (!signal.aborted) {
      const since = performance.now()
      const why = (await this.#read(words(), taker, signal)) ?? 'journalctl has ended'
      if (signal.aborted) return
      if (performance.now() - since > LONG_ENOUGH) backoff.reset()
      context.count('restarts')
      context.waitingFor('journalctl', why)
      context.log.warn(`${why}; it is started again`)
      await backoff.wait(signal).catch(() => {})
    }
  }

  /** Runs it once; why it failed, or undefined. */
  async #read(words: readonly string[], taker: LineTaker, signal: AbortSignal): Promise<string | undefined> {
    const { program, environment, errors, context } = this.#options
    const command = [program, ...words]
    let child: Child
    try {
      child = await startChild({ command, environment, stdin: 'ignore', stdout: 'pipe' })
    } catch (error) {
      return `journalctl cannot be started: ${messageOf(error)}`
    }
    const said = errors.read(child.stderr, {})
    const works = () => context.waitingFor('journalctl', undefined)
    const long = setTimeout(works, LONG_ENOUGH)
    child.stdout.once('data', works)
    takeLines(child, taker)
    const stop = () => {
      // What has not been read is read at the next start.
      child.stdout.destroy()
      child.signal('SIGTERM')
    }
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    const end = await child.ended
    signal.removeEventListener('abort', stop)
    clearTimeout(long)
    if (end.code === 0 || signal.aborted) return undefined
    return `journalctl ended with ${describeEnd(end)}${said.toString() && `: ${said}`}`
  }
}

/** A line whose end has not come when it ends is nothing: it is written again. */
function takeLines({ stdout }: Child, taker: LineTaker): void {
  let beginning: string | undefined
  const framing = new LineFraming(LONGEST, (memory, start, end, last) => {
    if (!last) beginning ??= memory.toString('utf8', start, end)
    else if (beginning === undefined) taker.line(memory.toString('utf8', start, end), true)
    else taker.line(beginning, false)
    if (last) beginning = undefined
  })
  stdout.on('data', (chunk: Buffer) => {
    framing.push(chunk)
    const room = taker.taken()
    if (!room) return
    stdout.pause()
    room.finally(() => stdout.resume())
  })
}
