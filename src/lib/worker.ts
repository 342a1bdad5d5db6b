import { extname } from 'node:path'
import { type MessagePort, parentPort, Worker, workerData } from 'node:worker_threads'
import { messageOf } from './errors.ts'

/** What a worker does when asked: each by a name, with arguments and a result that can be cloned. */
export type Handlers = {
  readonly [name: string]: (argument: never, signal: AbortSignal) => unknown
}

/** What follows the name of a call: `call('about')`, `call('about', undefined, signal)`, `call('search', asked, signal)`. */
export type Arguments<H extends Handlers, N extends keyof H> =
  Parameters<H[N]> extends []
    ? [argument?: undefined, signal?: AbortSignal]
    : [argument: Parameters<H[N]>[0], signal?: AbortSignal]

type Request = { id: number; name: string; argument: unknown } | { id: number; cancel: true }
type Answer = { id: number; result: unknown } | { id: number; error: WorkerError }

/** An error as it crosses the threads: its class stays behind, its code (SQLite's number, or the system's word) comes along. */
interface WorkerError {
  message: string
  code: unknown
  stack: string | undefined
}

type Waiting = Pick<PromiseWithResolvers<unknown>, 'resolve' | 'reject'>

/** A thread that answers calls. Its file calls `answerCalls`. */
export class WorkerThread<H extends Handlers> {
  readonly #module: string
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #next = 0
  #ended: Error | undefined

  /**
   * Starts the module at this path below src/ (dist/ in a package), without its extension: `daemons/store/writer`.
   * `died` is told when it ends without being closed.
   */
  constructor(module: string, data: unknown, died: (error: Error) => void) {
    this.#module = module
    const url = new URL(`../${module}${extname(import.meta.url)}`, import.meta.url)
    this.#worker = new Worker(url, { workerData: data })
    this.#worker.on('message', (answer: Answer) => this.#answered(answer))
    this.#worker.on('error', error => this.#end(error as Error, died))
    this.#worker.on('exit', () => this.#end(new Error(`${module} has ended`), died))
  }

  /** Calls that the thread is not done with. Those that were given up count as well, or they could pile up there. */
  get pending(): number {
    return this.#waiting.size
  }

  /** Rejects as the handler did; at once when the signal is aborted, or when the thread ends. */
  async call<N extends keyof H & string>(
    name: N,
    ...[argument, signal]: Arguments<H, N>
  ): Promise<Awaited<ReturnType<H[N]>>> {
    signal?.throwIfAborted()
    if (this.#ended) throw this.#ended
    const id = this.#next++
    const answer = Promise.withResolvers<unknown>()
    const giveUp = () => {
      this.#worker.postMessage({ id, cancel: true } satisfies Request)
      answer.reject(signal?.reason)
    }
    // Throws for what cannot be cloned.
    this.#worker.postMessage({ id, name, argument } satisfies Request)
    this.#waiting.set(id, answer)
    signal?.addEventListener('abort', giveUp, { once: true })
    try {
      return (await answer.promise) as Awaited<ReturnType<H[N]>>
    } finally {
      signal?.removeEventListener('abort', giveUp)
    }
  }

  /** Ends the thread, with what it has under way. */
  async close(): Promise<void> {
    this.#ended ??= new Error(`${this.#module} was closed`)
    await this.#worker.terminate()
  }

  #answered(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if ('result' in answer) waiting?.resolve(answer.result)
    else waiting?.reject(revive(answer.error))
  }

  #end(error: Error, died: (error: Error) => void): void {
    if (!this.#ended) {
      this.#ended = error
      died(error)
    }
    for (const { reject } of this.#waiting.values()) reject(this.#ended)
    this.#waiting.clear()
  }
}

const moved = new WeakMap<object, readonly ArrayBuffer[]>()

/**
 * In the thread: a result whose memory goes with it. It would be copied otherwise, and be garbage here: 90 MiB of it in
 * a spool that is emptied.
 */
export function giveAway<T extends object>(result: T, memory: readonly ArrayBuffer[]): T {
  moved.set(result, memory)
  return result
}

/** In the thread: answers with what `open` returns for the data that it was started with. */
export function answerCalls<D>(open: (data: D) => Handlers): void {
  const port = parentPort as MessagePort
  const handlers = open(workerData as D)
  const running = new Map<number, AbortController>()
  port.on('message', async (request: Request) => {
    if ('cancel' in request) {
      running.get(request.id)?.abort()
      return
    }
    const { id, name, argument } = request
    const control = new AbortController()
    running.set(id, control)
    try {
      const result = await handlers[name]!(argument as never, control.signal)
      port.postMessage({ id, result } satisfies Answer, moved.get(Object(result)))
    } catch (error) {
      port.postMessage({ id, error: flatten(error) } satisfies Answer)
    } finally {
      running.delete(id)
    }
  })
}

function flatten(thrown: unknown): WorkerError {
  const { stack, code, errcode } = Object(thrown) as { stack?: string; code?: unknown; errcode?: unknown }
  const known = errcode ?? code
  // What cannot be cloned would end the thread.
  const plain = typeof known === 'string' || typeof known === 'number'
  return { message: messageOf(thrown), stack, code: plain ? known : undefined }
}

function revive({ message, code, stack }: WorkerError): Error {
  const error = Object.assign(new Error(message), { code })
  if (stack !== undefined) error.stack = stack
  return error
}
