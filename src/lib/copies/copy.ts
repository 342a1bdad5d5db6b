import type { ChildProcess } from 'node:child_process'
import type { Logger } from 'pino'
import { Backoff } from '../backoff.ts'
import { Fatal, Misuse, messageOf } from '../errors.ts'
import { EXIT } from '../process/exit.ts'
import { STOP, type Told } from './supervised.ts'

/** How a process ended: by itself, by a signal, or it could not be started at all. */
interface End {
  code: number | null
  signal: NodeJS.Signals | null
  error?: Error
}

export interface CopyOptions {
  name: string
  start(): ChildProcess
  log: Logger
  /** Whether it ends by itself when its input does; else it is there until it is stopped. */
  mayEnd: boolean
  /** Whether it may have what nobody else has: else all that it has is accepted by the time that it is stopped. */
  mayLeave: boolean
  /** Aborted when nothing is waited for any more. */
  signal: AbortSignal
  /** Called when what it waits for has changed. */
  changed(): void
}

/** Milliseconds of life after which a death is none in a row. */
const LONG_ENOUGH = 10_000
/** Milliseconds that it has to end at once. */
const AT_ONCE = 2_000

/** A copy of a stage: a process that is started again whenever it dies, until it is stopped. */
export class Copy {
  readonly name: string
  restarts = 0
  endpoints: readonly string[] = []
  /** What it waits for. */
  waiting: readonly string[] = ['starting']
  /** As `isOpen` says of its flow. */
  open = false
  /** Settles when it has opened for the first time; rejects when it cannot. */
  readonly opened: Promise<void>
  /** Settles when it has ended for good; rejects when starting it again is of no use. */
  readonly ended: Promise<void>
  /** Its exit code, as soon as it has ended for good. */
  code: number | undefined
  readonly #options: CopyOptions
  readonly #opened = Promise.withResolvers<void>()
  readonly #backoff = new Backoff()
  /** Aborted when it is not to be started again. */
  readonly #stopping = new AbortController()
  #child: ChildProcess | undefined
  #hasOpened = false

  constructor(options: CopyOptions) {
    this.name = options.name
    this.#options = options
    this.opened = this.#opened.promise
    this.ended = this.#live().then(code => {
      this.code = code
    })
    this.opened.catch(() => {})
    this.ended.then(
      () => this.#opened.reject(new Fatal(`${this.name} was stopped before it was open`)),
      error => this.#opened.reject(error),
    )
    if (options.signal.aborted) this.#end()
    else options.signal.addEventListener('abort', () => this.#end(), { once: true })
  }

  /** Undefined while there is none. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** It takes no more in, gives out what it has, and ends. */
  stop(): void {
    this.#stopping.abort()
    this.#say()
  }

  async #live(): Promise<number> {
    for (;;) {
      const since = performance.now()
      const end = await this.#liveOnce()
      if (this.#stopping.signal.aborted) return this.#endedOnDemand(end)
      this.#refuseToRestart(end)
      if (end.code === EXIT.done && this.#options.mayEnd) return EXIT.done
      if (performance.now() - since > LONG_ENOUGH) this.#backoff.reset()
      this.#options.log.warn(
        { ...describe(end), restarts: ++this.restarts },
        'a copy died; it is started again',
      )
      this.#waitsFor(['starting again'])
      await this.#backoff.wait(this.#stopping.signal).catch(() => {})
      // Dead already, and what it had has come again to others.
      if (this.#stopping.signal.aborted) return EXIT.done
    }
  }

  async #liveOnce(): Promise<End> {
    let child: ChildProcess
    try {
      child = this.#options.start()
    } catch (error) {
      return { code: null, signal: null, error: error as Error }
    }
    this.#child = child
    child.on('message', (told: Told) => {
      this.#hasOpened = true
      this.#opened.resolve()
      this.endpoints = told.endpoints
      this.#waitsFor(told.waiting, told.open)
    })
    const end = await endOf(child)
    this.#child = undefined
    return end
  }

  /** Misuse stays misuse, and what ends by itself at first is not tried for ever: whoever starts the chain should see it. */
  #refuseToRestart(end: End): void {
    const say = `${this.name} cannot start: ${end.error ? messageOf(end.error) : `it ended with ${text(end)}; its own line says why`}`
    if (end.code === EXIT.misuse) throw new Misuse(say)
    if (!this.#hasOpened && end.signal === null) throw new Fatal(say)
  }

  #endedOnDemand(end: End): number {
    this.#waitsFor([])
    if (end.code === EXIT.done || end.code === EXIT.dataLeft) return end.code
    const { log, mayLeave } = this.#options
    log[mayLeave ? 'error' : 'warn'](describe(end), 'a copy died while it was being stopped')
    return mayLeave ? EXIT.failure : EXIT.done
  }

  /** Whoever has been asked twice ends at once; whoever does not is ended. */
  #end(): void {
    if (!this.#stopping.signal.aborted) this.stop()
    this.#say()
    const timer = setTimeout(() => this.#child?.kill('SIGKILL'), AT_ONCE)
    this.ended.catch(() => {}).then(() => clearTimeout(timer))
  }

  #say(): void {
    if (this.#child?.connected) this.#child.send(STOP, () => {})
  }

  #waitsFor(waiting: readonly string[], open = false): void {
    this.waiting = waiting
    this.open = open
    this.#options.changed()
  }
}

function endOf(child: ChildProcess): Promise<End> {
  return new Promise(resolve => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
    // Other errors, of the channel, are those of a process that is there: it tells of its end by `exit`.
    child.on('error', error => {
      if (child.pid === undefined) resolve({ code: null, signal: null, error })
    })
  })
}

function describe({ code, signal, error }: End): object {
  if (error) return { err: error }
  return signal ? { signal } : { code }
}

function text({ code, signal }: End): string {
  return signal ?? `exit code ${code}`
}
