import {
  type Child,
  describeEnd,
  type End,
  ErrorLog,
  isProgram,
  type LastLines,
  startChild,
} from '../../lib/children/index.ts'
import { Queue } from '../../lib/engine/queue.ts'
import { atMostEvery, Backoff, type Context, codeOf, type LogRecord, messageOf } from '../../lib/index.ts'
import { jsonOf } from '../../lib/record.ts'
import type { Fill } from './arguments.ts'

export type Counter = 'runs' | 'again'

export interface RunnerOptions {
  program: string
  fill: Fill
  /** Commands that run at once. */
  parallel: number
  /** Batches that are under way at once. */
  batches: number
  /** Milliseconds that one may run; 0: any time. */
  timeout: number
  environment: NodeJS.ProcessEnv
  context: Context<Counter>
}

/** What became of a record for good. */
export type Fate = undefined | { dead: string; detail: string }

/** A command that asks for it (sysexits.h: EX_TEMPFAIL) is run again. */
const TEMPORARY_FAILURE = 75
/** What a shell ends with that cannot start a command (POSIX, XCU 2.8.2). */
const NOT_STARTED = [126, 127]
/** Somebody ends all processes of a service, or of a terminal: that is not the record's fault. */
const STOPPED: readonly (NodeJS.Signals | null)[] = ['SIGTERM', 'SIGINT', 'SIGHUP']
/** Milliseconds between SIGTERM and SIGKILL for one that takes too long. */
const KINDNESS = 2_000

/** Runs a command for each record, several at a time. */
export class Runner {
  readonly #options: RunnerOptions
  readonly #errors: ErrorLog
  readonly #complain = atMostEvery(60_000)
  readonly #running = new Set<Child>()
  readonly #waiting = new Queue<() => void>()
  #slots: number
  /** Batches of which a record is run again. */
  #batchesAgain = 0

  constructor(options: RunnerOptions) {
    this.#options = options
    this.#slots = options.parallel
    this.#errors = new ErrorLog(options.context.log)
    options.context.signal.addEventListener('abort', () => this.#stop(), { once: true })
  }

  /** Settles when all of them are done with. Rejects when nobody waits for them any more. */
  async settle(records: readonly LogRecord[]): Promise<Fate[]> {
    const batch = { isAgain: false }
    try {
      return await Promise.all(records.map(record => this.#settleOne(record, batch)))
    } finally {
      if (batch.isAgain) this.#countAgain(-1)
    }
  }

  async #settleOne(record: LogRecord, batch: { isAgain: boolean }): Promise<Fate> {
    const { fill, context } = this.#options
    const args = fill(record)
    if (!Array.isArray(args)) return args
    for (const backoff = new Backoff(500, 60_000); ; ) {
      await this.#takeSlot()
      const outcome = await this.#run(args, record).finally(() => this.#giveSlot())
      context.signal.throwIfAborted()
      if (outcome !== 'again') return outcome
      context.count('again')
      if (!batch.isAgain) this.#countAgain(1)
      batch.isAgain = true
      await backoff.wait(context.signal)
    }
  }

  /** While all batches that there may be wait for a record that is run again, no other one is begun. */
  #countAgain(change: number): void {
    const { batches, context } = this.#options
    this.#batchesAgain += change
    context.waitingFor(
      'command',
      this.#batchesAgain < batches
        ? undefined
        : `${batches} batches wait for records that are to be run again`,
    )
  }

  async close(): Promise<void> {
    await this.#stop()
    this.#errors.close()
  }

  async #stop(): Promise<void> {
    await Promise.all([...this.#running].map(child => child.stop(0)))
  }

  async #run(args: readonly string[], record: LogRecord): Promise<Fate | 'again'> {
    const { program, environment, timeout, context } = this.#options
    const { id } = record['@meta']
    let child: Child
    try {
      const own = { ...environment, SLUICE_ID: id }
      const command = [program, ...args]
      child = await startChild({ command, environment: own, stdin: 'pipe', stdout: 'ignore' })
    } catch (error) {
      if (codeOf(error) === 'E2BIG')
        return { dead: 'too-large', detail: 'its arguments are too long (execve(2))' }
      return this.#again(`it cannot be started: ${messageOf(error)}`)
    }
    context.count('runs')
    this.#running.add(child)
    if (context.signal.aborted) child.stop(0)
    const stderr = this.#errors.read(child.stderr, { id })
    child.stdin.end(`${jsonOf(record)}\n`)
    let isLate = false
    const end = () => {
      isLate = true
      child.stop(KINDNESS)
    }
    const late = timeout > 0 ? setTimeout(end, timeout) : undefined
    const ended = await child.ended
    clearTimeout(late)
    this.#running.delete(child)
    return isLate
      ? refused('timeout', `it took longer than ${timeout} ms`, stderr)
      : this.#judge(ended, stderr)
  }

  #judge(end: End, stderr: LastLines): Fate | 'again' {
    const { code, signal } = end
    if (code === 0) return undefined
    if (code === TEMPORARY_FAILURE) return this.#again('it asks for it with exit code 75', stderr)
    if (STOPPED.includes(signal)) return this.#again(`somebody ended it with ${signal}`, stderr)
    const { program } = this.#options
    if (NOT_STARTED.includes(code!) && !isProgram(program))
      return this.#again(`${program} is not there any more`, stderr)
    return refused(signal ? 'signal' : 'exit-code', describeEnd(end), stderr)
  }

  #again(why: string, stderr?: LastLines): 'again' {
    const { log } = this.#options.context
    if (this.#complain())
      log.warn({ why, stderr: String(stderr ?? '') }, 'the command is tried again until it succeeds')
    return 'again'
  }

  async #takeSlot(): Promise<void> {
    if (this.#slots > 0) this.#slots--
    else await new Promise<void>(resolve => this.#waiting.push(resolve))
  }

  #giveSlot(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#slots++
  }
}

function refused(dead: string, detail: string, stderr: LastLines): Fate {
  const said = String(stderr)
  return { dead, detail: said === '' ? detail : `${detail}: ${said}` }
}
