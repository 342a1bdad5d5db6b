import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { codeOf } from '../errors.ts'
import { enrolled, Guard, SHELL } from './guard.ts'
import { running } from './running.ts'

export interface Start {
  /** The program, found, and its arguments: they are given to it as they are. */
  command: readonly string[]
  environment: NodeJS.ProcessEnv
  stdin: 'pipe' | 'ignore'
  stdout: 'pipe' | 'ignore'
}

/** How a process ended. */
export interface End {
  code: number | null
  signal: NodeJS.Signals | null
}

/** Milliseconds after the end in which what it has written may still be read. */
const LAST_WORDS = 1_000
/** Milliseconds that the kernel may take to end what was killed. */
const KILLED = 2_000

const guard = new Guard()

/**
 * Starts a command as a child in a process group of its own. It ends with this process, however that ends. Rejects with
 * the error of the system when it cannot be started.
 */
export async function startChild({ command, environment, stdin, stdout }: Start): Promise<Child> {
  const input = guard.input ?? (await guard.open())
  const started = spawn(SHELL, enrolled(command), {
    env: environment,
    detached: true,
    stdio: [stdin, stdout, 'pipe', input],
  })
  if (started.pid === undefined) throw (await once(started, 'error'))[0]
  return new Child(started, started.pid)
}

/** A command that runs. */
export class Child {
  readonly pid: number
  /** Settles when it has ended, with all that it started in its process group, and what it wrote is read. */
  readonly ended: Promise<End>
  readonly #process: ChildProcess
  #running = true

  constructor(started: ChildProcess, pid: number) {
    this.pid = pid
    this.#process = started
    guard.add(pid)
    running.add(pid)
    // It is allowed not to read what it is given.
    started.stdin?.on('error', () => {})
    started.on('error', () => {})
    this.ended = this.#end()
  }

  get stdin(): Writable {
    return this.#process.stdin!
  }

  get stdout(): Readable {
    return this.#process.stdout!
  }

  get stderr(): Readable {
    return this.#process.stderr!
  }

  /** Sends a signal to its process group. */
  signal(signal: NodeJS.Signals): void {
    if (this.#running) signalGroup(this.pid, signal)
  }

  /** Ends it: kindly, and when that has not helped after `grace` milliseconds, with SIGKILL. */
  async stop(grace: number): Promise<void> {
    if (grace === 0 && !this.#running) this.#abandon()
    this.signal(grace > 0 ? 'SIGTERM' : 'SIGKILL')
    const gaveUp = Promise.withResolvers<void>()
    const kill = setTimeout(() => this.signal('SIGKILL'), grace)
    // One that has taken another user's rights may not be killed by us.
    const giveUp = setTimeout(gaveUp.resolve, grace + KILLED)
    await Promise.race([this.ended, gaveUp.promise])
    clearTimeout(kill)
    clearTimeout(giveUp)
  }

  async #end(): Promise<End> {
    const closed = once(this.#process, 'close')
    const [code, signal] = await once(this.#process, 'exit')
    // What it has left behind would go on with nobody to end it, and hold its output open.
    signalGroup(this.pid, 'SIGKILL')
    this.#running = false
    guard.remove(this.pid)
    running.delete(this.pid)
    const timer = setInterval(() => this.#isRead() && this.#abandon(), LAST_WORDS)
    await closed
    clearInterval(timer)
    return { code, signal }
  }

  /** Whether nobody here has to wait before more is read. */
  #isRead(): boolean {
    const { stdout, stderr } = this.#process
    return !stdout?.isPaused() && !stderr?.isPaused()
  }

  /** One that has left its process group may hold its output open for ever. */
  #abandon(): void {
    this.#process.stdout?.destroy()
    this.#process.stderr?.destroy()
  }
}

/** A process group that is gone is fine. So is one that we may not signal: there is nothing else to be done. */
function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal)
  } catch (error) {
    if (codeOf(error) !== 'ESRCH' && codeOf(error) !== 'EPERM') throw error
  }
}

/** How it ended, in words. */
export function describeEnd({ code, signal }: End): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`
}
