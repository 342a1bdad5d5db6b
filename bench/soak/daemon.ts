// A daemon under the soak, kept as a supervisor would: whatever ends it, it is started again.
import { packageFolder } from '../support/package.ts'
import { Program } from '../support/program.ts'
import type { DaemonName } from './plan.ts'

/** What the sink may leave with: 75 says that it gave back what it had not stored yet. */
const ORDERLY = [0, 75]

export interface Keeping {
  /** Is told when a daemon ends without being struck. */
  ended: (error: Error) => void
}

/** One daemon, whatever became of the processes that it was. */
export class Soaked {
  readonly name: DaemonName
  readonly #args: readonly string[]
  readonly #ended: (error: Error) => void
  #program: Program
  /** Counts its starts. */
  life = 0
  /** performance.now() since when the present life is ready; undefined while it is not. */
  readyAt: number | undefined

  constructor(name: DaemonName, args: readonly string[], { ended }: Keeping) {
    this.name = name
    this.#args = args
    this.#ended = ended
    this.#program = this.#start()
  }

  get pid(): number {
    return this.#program.pid
  }

  get program(): Program {
    return this.#program
  }

  async ready(): Promise<void> {
    await this.#program.ready()
    this.readyAt = this.#program.readyAt
  }

  async restart(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const code = await this.stop(signal)
    if (signal === 'SIGTERM' && !ORDERLY.includes(code ?? -1))
      throw new Error(`${this.name} ended with ${code} after SIGTERM: ${this.#program.stderr.slice(-2000)}`)
    this.#program = this.#start()
    await this.ready()
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    this.readyAt = undefined
    this.#program.child.kill(signal)
    return this.#program.exited
  }

  #start(): Program {
    this.life++
    const program = new Program(`sluice-${this.name}`, this.#args, {
      home: packageFolder(),
      env: { SLUICE_LOG_LEVEL: 'info' },
    })
    program.exited.then(code => {
      if (this.readyAt !== undefined && this.#program === program)
        this.#ended(new Error(`${this.name} ended by itself with ${code}: ${program.stderr.slice(-2000)}`))
    })
    return program
  }
}
