// Processes that this run has started; none of them outlives it.
import { type ChildProcess, fork, type SpawnOptions, spawn } from 'node:child_process'
import { join } from 'node:path'

const running = new Set<ChildProcess>()

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
let interrupted = (): void => process.exit(1)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted())

/** What Ctrl-C does instead of ending this process at once. */
export function onInterrupt(handler: () => void): void {
  interrupted = handler
}

export function start(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  return remember(spawn(command, args, options))
}

function remember(child: ChildProcess): ChildProcess {
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/** A helper in a process of its own: it says what it has to say once it is there, and answers each question. */
export class Helper<Hello, Answer> {
  readonly child: ChildProcess
  readonly hello: Promise<Hello>
  #answer: PromiseWithResolvers<Answer> | undefined

  /** @param file in bench/support */
  constructor(file: string, args: readonly string[] = []) {
    this.child = remember(
      fork(join(import.meta.dirname, file), args, { execArgv: [], env: plainEnvironment() }),
    )
    const { promise, resolve, reject } = Promise.withResolvers<Hello>()
    this.hello = promise
    promise.catch(() => {})
    this.child.once('message', hello => {
      resolve(hello as Hello)
      this.child.on('message', answer => this.#answer?.resolve(answer as Answer))
    })
    this.child.once('exit', code => {
      const error = new Error(`${file} ended with ${code}`)
      reject(error)
      this.#answer?.reject(error)
    })
  }

  /** One question at a time. */
  async ask(question: string): Promise<Answer> {
    await this.hello
    this.#answer = Promise.withResolvers()
    this.child.send(question)
    return this.#answer.promise
  }

  stop(): void {
    this.child.kill('SIGKILL')
  }
}

/** Without what would change a child that is not the one under test. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, ...env } = process.env
  return env
}
