import { isUtf8 } from 'node:buffer'
import { type Child, describeEnd, type End, type ErrorLog, startChild } from '../../lib/children/index.ts'
import { type AdminAnswer, atMostEvery, Backoff, type Context, messageOf } from '../../lib/index.ts'
import type { Output } from './output.ts'
import { catchUp, type Schedule, untilDue } from './schedule.ts'

export type Counter = 'runs' | 'failed' | 'late' | 'restarts' | 'skipped' | 'oversize'

/** What all commands of the daemon have in common. */
export interface Manner {
  /** When to run them; undefined: all the time. */
  schedule: Schedule | undefined
  /** After which ends one that runs all the time is started again. */
  restart: 'always' | 'failure' | 'never'
  /** Milliseconds that a scheduled run may take; 0: any time. */
  timeout: number
  /** The first line that they are given. */
  configLine: string | undefined
  /** Which ends are records. */
  exits: 'none' | 'failed' | 'all'
  environment: NodeJS.ProcessEnv
  output: Output
  /** Where standard error goes that is no record. */
  errors: ErrorLog | undefined
  context: Context<Counter>
}

/** Milliseconds of life after which an end is none in a row. */
const LONG_ENOUGH = 10_000
/** Milliseconds between SIGTERM and SIGKILL for a run that takes too long. */
const KINDNESS = 2_000
const LF = 0x0a

/** How a run ended: a process, or none that could be started. */
type Outcome = { end: End; tooLong: boolean } | { failure: string }

/** A command that is run all the time, or now and then. */
export class Command {
  readonly name: string
  readonly #command: readonly string[]
  readonly #manner: Manner
  readonly #backoff = new Backoff(100, 30_000)
  readonly #complain = atMostEvery(60_000)
  readonly #complainOfSkips = atMostEvery(60_000)
  #hasFailed = false
  #child: Child | undefined

  constructor(name: string, command: readonly string[], manner: Manner) {
    this.name = name
    this.#command = command
    this.#manner = manner
  }

  /** Runs until it has ended for good, or until the signal. */
  async live(signal: AbortSignal): Promise<void> {
    const { schedule } = this.#manner
    if (schedule) await this.#runBy(schedule, signal)
    else await this.#keepRunning(signal)
  }

  /** It is not started again, and its last run was no success. */
  get hasFailed(): boolean {
    return this.#hasFailed
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Gives it a line that somebody else wrote. */
  tell(body: Buffer): AdminAnswer {
    const line = body.at(-1) === LF ? body.subarray(0, -1) : body
    if (line.length === 0 || line.includes(LF) || !isUtf8(line))
      return { status: 400, body: 'one line of UTF-8, please' }
    if (this.#manner.schedule) return { status: 409, body: 'a scheduled command reads nothing' }
    if (!this.#child) return { status: 409, body: 'it does not run at the moment' }
    const { stdin } = this.#child
    if (!stdin.writable) return { status: 409, body: 'it has closed its input' }
    if (stdin.writableNeedDrain) return { status: 503, body: 'it does not read what it was given before' }
    stdin.write(`${line}\n`)
    return { status: 200, body: 'it was given the line' }
  }

  async #keepRunning(signal: AbortSignal): Promise<void> {
    const { restart, context } = this.#manner
    while (!signal.aborted) {
      const since = performance.now()
      const outcome = await this.#run(signal)
      if (signal.aborted || restart === 'never' || (restart === 'failure' && hasSucceeded(outcome))) {
        context.waitingFor(this.name, undefined)
        this.#hasFailed = !signal.aborted && !hasSucceeded(outcome)
        return
      }
      if (performance.now() - since > LONG_ENOUGH) this.#backoff.reset()
      context.count('restarts')
      context.waitingFor(this.name, `${this.name} ${describe(outcome)}; it is started again`)
      await this.#backoff.wait(signal).catch(() => {})
    }
  }

  async #runBy(schedule: Schedule, signal: AbortSignal): Promise<void> {
    const { context } = this.#manner
    let moment: number | undefined = schedule.first()
    while (moment !== undefined) {
      moment = await untilDue(schedule, moment, signal)
      if (moment === undefined) return
      await this.#run(signal)
      const next = catchUp(schedule, moment)
      context.count('skipped', next.passed)
      if (next.passed > 0 && this.#complainOfSkips())
        context.log.warn(
          { command: this.name, skipped: next.passed },
          'a run took so long that the next ones were skipped',
        )
      moment = next.moment
    }
  }

  /** Runs it once. Never fails. */
  async #run(signal: AbortSignal): Promise<Outcome> {
    const { context } = this.#manner
    context.count('runs')
    const since = performance.now()
    let pid: number | undefined
    let outcome: Outcome
    try {
      const child = await this.#start()
      pid = child.pid
      outcome = await this.#accompany(child, signal)
    } catch (error) {
      outcome = { failure: messageOf(error) }
    }
    this.#child = undefined
    // Whatever we ended ourselves is no failure of its own.
    if (!signal.aborted) this.#note(outcome, pid, (performance.now() - since) / 1000)
    return outcome
  }

  async #start(): Promise<Child> {
    const { environment, configLine, schedule, output, errors, context } = this.#manner
    const child = await startChild({ command: this.#command, environment, stdin: 'pipe', stdout: 'pipe' })
    this.#child = child
    if (configLine !== undefined) child.stdin.write(`${configLine}\n`)
    if (schedule) child.stdin.end()
    const process = { name: this.name, pid: child.pid }
    // One that says something works.
    for (const stream of [child.stdout, child.stderr])
      stream.once('data', () => context.waitingFor(this.name, undefined))
    output.read(child.stdout, { process, stream: 'stdout' })
    if (errors) errors.read(child.stderr, { command: this.name })
    else output.read(child.stderr, { process, stream: 'stderr' })
    return child
  }

  /** Ends it when it is time: kindly at first. */
  async #accompany(child: Child, signal: AbortSignal): Promise<Outcome> {
    const { timeout, schedule, context } = this.#manner
    const stop = () => child.signal('SIGTERM')
    const kill = () => void child.stop(0)
    signal.addEventListener('abort', stop, { once: true })
    context.signal.addEventListener('abort', kill, { once: true })
    if (signal.aborted) stop()
    if (context.signal.aborted) kill()
    const long = setTimeout(() => context.waitingFor(this.name, undefined), LONG_ENOUGH)
    let tooLong = false
    const takesTooLong = () => {
      tooLong = true
      void child.stop(KINDNESS)
    }
    const late = schedule && timeout > 0 ? setTimeout(takesTooLong, timeout) : undefined
    const end = await child.ended
    clearTimeout(long)
    clearTimeout(late)
    signal.removeEventListener('abort', stop)
    context.signal.removeEventListener('abort', kill)
    return { end, tooLong }
  }

  #note(outcome: Outcome, pid: number | undefined, duration: number): void {
    const { exits, output, context, timeout } = this.#manner
    const failed = !hasSucceeded(outcome)
    const seconds = Number(duration.toFixed(3))
    const isLate = 'end' in outcome && outcome.tooLong
    const said = isLate ? `was ended: longer than --timeout ${timeout / 1000}s` : describe(outcome)
    if (failed) context.count('failed')
    if (isLate) context.count('late')
    if (failed && this.#complain()) context.log.warn({ command: this.name, seconds }, `${this.name} ${said}`)
    else context.log.debug({ command: this.name, seconds }, `${this.name} ${said}`)
    if (exits === 'none' || (exits === 'failed' && !failed)) return
    const { code = null, signal = null } = 'end' in outcome ? outcome.end : {}
    const process = {
      name: this.name,
      ...(pid !== undefined && { pid }),
      ...(code !== null && { exit_code: code }),
      ...(signal !== null && { signal }),
    }
    output.add(context.record({ message: `${this.name} ${said}`, process, stream: 'exit', seconds }))
  }
}

function hasSucceeded(outcome: Outcome): boolean {
  return 'end' in outcome && !outcome.tooLong && outcome.end.code === 0
}

function describe(outcome: Outcome): string {
  return 'end' in outcome ? `ended with ${describeEnd(outcome.end)}` : `cannot be started: ${outcome.failure}`
}
