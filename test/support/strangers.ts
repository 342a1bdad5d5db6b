import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Flood, Way } from './flooder.ts'

/** Who floods a port, in a process of its own. */
export class Strangers {
  readonly #child: ChildProcess

  private constructor(t: TestContext, args: readonly string[]) {
    this.#child = fork(join(import.meta.dirname, 'flooder.ts'), args)
    t.after(() => this.#child.kill('SIGKILL'))
  }

  /** @param rate how often a second they connect, at most */
  static async open(
    t: TestContext,
    port: number,
    { count, rate, serverKey }: { count: number; rate: number; serverKey?: string | undefined },
  ): Promise<Strangers> {
    const seed = Number(process.env.SLUICE_SEED) || Date.now() % 2 ** 31
    t.diagnostic(`SLUICE_SEED=${seed}`)
    const strangers = new Strangers(t, [port, count, rate, seed, serverKey ?? ''].map(String))
    await once(strangers.#child, 'message')
    return strangers
  }

  /** Settles when they have connected `count` times; those who are sent away come again. */
  begin(way: Way): Promise<Flood> {
    return this.#ask(`begin ${way}`)
  }

  /** They all go. */
  end(): Promise<Flood> {
    return this.#ask('end')
  }

  async #ask(question: string): Promise<Flood> {
    const answered = once(this.#child, 'message')
    this.#child.send(question)
    return (await answered)[0]
  }
}
