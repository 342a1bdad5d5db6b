import { type Flow, waitingOf } from '../stage/flow.ts'
import { Notifier } from './notifier.ts'
import { Progress } from './progress.ts'
import { line, statusLine } from './status-line.ts'
import { workOf } from './survey.ts'

/** Milliseconds between two looks at what is to be told, where the watchdog does not ask for more. */
const EVERY = 5_000
/** Looks within the time of the watchdog: it is fed at each of them, and may miss some. */
const LOOKS = 4
/** Times of the watchdog without any movement, after which it is fed no more. */
const PATIENCE = 20
/** Milliseconds that opening may take beyond TimeoutStartSec=: a spool or a store of gigabytes is read, and killed it would begin anew. */
const OPENING = 15 * 60_000
/** Milliseconds for which more time is asked at once: longer than it takes until it is asked for again. */
const MORE = 30_000
/** Milliseconds beyond --grace in which what is left is written down and closed. */
const CLOSING = 15_000

/** What is told of. */
export interface View {
  /** Undefined while it is opened. */
  flow(): Flow | undefined
  /** Records on disk that are to be sent. */
  spooled(): number
  log: { error(fields: object, message: string): void }
}

export interface ServiceOptions {
  socket: string
  /** Milliseconds within which systemd wants to hear that the service works; undefined: it does not. */
  watchdog: number | undefined
  /** Milliseconds for which a daemon may keep records for reasons of its own: --hold-timeout, --batch-delay. */
  keeps: number
}

/** What a service tells systemd of its life (sd_notify(3)). */
export class Service {
  readonly #notifier: Notifier
  readonly #watched: boolean
  readonly #period: number
  readonly #progress: Progress
  readonly #began = performance.now()
  #view: View | undefined
  #timer: NodeJS.Timeout | undefined
  #phase: string | undefined = 'starting'
  #said: string | undefined
  #isReady = false
  #isStuck = false
  #reloads = 0

  private constructor(notifier: Notifier, { watchdog, keeps }: ServiceOptions) {
    this.#notifier = notifier
    this.#watched = watchdog !== undefined
    this.#period = Math.min(EVERY, (watchdog ?? Number.POSITIVE_INFINITY) / LOOKS)
    this.#progress = new Progress(Math.ceil((PATIENCE * (watchdog ?? 0) + keeps) / this.#period))
  }

  /** Throws an error that says why systemd cannot be told. */
  static async open(options: ServiceOptions): Promise<Service> {
    return new Service(await Notifier.open(options.socket), options)
  }

  begin(view: View): void {
    this.#view = view
    this.#tell()
    this.#timer = setInterval(() => this.#tell(), this.#period).unref()
  }

  /** Everything of its own is open. Whom it waits for may come later, and is named in the status. */
  ready(): void {
    if (this.#phase === 'stopping') return
    this.#isReady = true
    this.#phase = undefined
    this.#tell('READY=1')
  }

  /** It has `grace` milliseconds from now. */
  stopping(grace: number): void {
    this.#phase = 'stopping'
    this.#tell('STOPPING=1', `EXTEND_TIMEOUT_USEC=${(grace + CLOSING) * 1000}`)
  }

  reloading(): void {
    // One that is not ready, or ends, must not say that it is ready when it has read its files.
    if (!this.#isReady || this.#phase === 'stopping') return
    this.#reloads++
    this.#phase = 'reloading'
    this.#tell('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`)
  }

  /** What was to be read is read, or cannot be. */
  reloaded(): void {
    if (this.#reloads === 0 || --this.#reloads > 0 || this.#phase !== 'reloading') return
    this.#phase = undefined
    this.#tell('READY=1')
  }

  /** @param why it fails */
  end(why?: string): void {
    clearInterval(this.#timer)
    if (why !== undefined) this.#notifier.send(`STATUS=${line(why)}`)
    this.#notifier.close()
  }

  /** Tells what there is to be told, and these. */
  #tell(...assignments: string[]): void {
    const all = [...assignments, ...this.#status(), ...this.#more(), ...this.#alive()]
    if (all.length > 0) this.#notifier.send(...all)
  }

  #status(): string[] {
    const flow = this.#view?.flow()
    const status = statusLine({
      ...(this.#phase !== undefined && { phase: this.#phase }),
      taken: flow?.stages[0]?.books.taken ?? 0,
      rate: flow?.stages[0]?.books.rate ?? 0,
      held: flow?.held ?? 0,
      spooled: this.#view?.spooled() ?? 0,
      waiting: flow ? waitingOf(flow) : [],
    })
    if (status === this.#said) return []
    this.#said = status
    return [`STATUS=${status}`]
  }

  /** More time, as long as it is being opened. */
  #more(): string[] {
    const isOpening = this.#phase === 'starting' && performance.now() - this.#began < OPENING
    return isOpening ? [`EXTEND_TIMEOUT_USEC=${MORE * 1000}`] : []
  }

  #alive(): string[] {
    const flow = this.#view?.flow()
    if (!this.#watched) return []
    const isStuck = flow !== undefined && this.#progress.look(workOf(flow))
    if (isStuck && !this.#isStuck)
      this.#view!.log.error(
        { held: flow.held, looks: this.#progress.idle, every: this.#period },
        'records are held, nothing has happened to any of them for long, and nothing is waited for: the watchdog of systemd is not fed any more, and will start this service again (docs/systemd.md)',
      )
    this.#isStuck = isStuck
    return isStuck ? [] : ['WATCHDOG=1']
  }
}
