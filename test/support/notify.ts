import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'

/** What a service says to systemd: a socket of the test's own. */
export class NotifySocket {
  /** All assignments that have come, in their order. */
  readonly said: string[] = []
  /** The same by messages. */
  readonly messages: string[][] = []
  readonly #child: ChildProcess
  readonly #closed: Promise<unknown>
  #came = Promise.withResolvers<void>()

  private constructor(child: ChildProcess) {
    this.#child = child
    this.#closed = once(child, 'close')
    createInterface({ input: child.stdout! }).on('line', line => {
      const message = JSON.parse(line) as string[]
      this.messages.push(message)
      this.said.push(...message)
      this.#came.resolve()
      this.#came = Promise.withResolvers()
    })
  }

  /** @param path of the socket, or `@name` */
  static async open(t: TestContext, path: string): Promise<NotifySocket> {
    const script = join(import.meta.dirname, 'notify-socket.py')
    const child = spawn('python3', [script, path], { stdio: ['ignore', 'pipe', 'inherit'] })
    const socket = new NotifySocket(child)
    t.after(() => socket.close())
    // It says so when it is bound.
    await socket.until(({ messages }) => messages.length > 0)
    return socket
  }

  /** With SIGSTOP it reads no more, until SIGCONT. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async close(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#closed
  }

  async until(found: (socket: this) => boolean): Promise<void> {
    while (!found(this)) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null)
        throw new Error('the socket is closed')
      await this.#came.promise
    }
  }

  /** Waits until something like this is said, after the n-th assignment. */
  async saying(what: string | RegExp, after = 0): Promise<string> {
    const like = (one: string) => (typeof what === 'string' ? one === what : what.test(one))
    await this.until(({ said }) => said.slice(after).some(like))
    return this.said.slice(after).find(like)!
  }
}
