import { extname } from 'node:path'
import { type MessagePort, parentPort, Worker, workerData } from 'node:worker_threads'

/** What a worker does when asked: each by a name, with arguments and a result that can be cloned. */
export type Handlers = {
  readonly [name: string]: (argument: never, signal: AbortSignal) => unknown
}

type Argument<H extends Handlers, N extends keyof H> = Parameters<H[N]>[0]
type Result<H extends Handlers, N extends keyof H> = Awaited<ReturnType<H[N]>>

type Request = { id: number; name: string; argument: unknown } | { id: number; cancel: true }
type Answer = { id: number; result: unknown } | { id: number; error: WorkerError }

/** An error as it crosses the threads: its class stays behind, its code (SQLite's number, or the system's word) comes along. */
interface WorkerError {
  message: string
  code: unknown
  stack: string | undefined
}

interface Waiting {
  resolve(result: unknown): void
  reject(error: Error): void
}

/** A thread that answers calls. Its file calls `answerCalls`. */
export class WorkerThread<H extends Handlers> {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #next = 0
  #ended: Error | undefined

  /**
   * Starts the module at this path below src/ (dist/ in a package), without its extension: `daemons/store/writer`.
   * `died` is told when it ends without being closed.
   */
  constructor(module: string, data: unknown, died: (error: Error) => void) {
    const url = new URL(`../${module}${extname(import.meta.url)}`, import.meta.url)
    this.#worker = new Worker(url, { workerData: data })
    this.#worker.on('message', (answer: Answer) => this.#answered(answer))
    this.#worker.on('error', error => this.#end(error as Error, died))
    this.#worker.on('exit', () => this.#end(new Error(`${module} has ended`), died))
  }

  /** Calls waiting for their answer. */
  get pending(): number {
    return this.#waiting.size
  }

  async call<N extends keyof H & string>(
    name: N,
    argument: Argument<H, N>,
    signal?: AbortSignal,
  ): Promise<Result<H, N>> {
    signal?.throwIfAborted()
    if (this.#ended) throw this.#ended
    const id = this.#next++
    const cancel = () => this.#worker.postMessage({ id, cancel: true } satisfies Request)
    signal?.addEventListener('abort', cancel, { once: true })
    try {
      return await new Promise<Result<H, N>>((resolve, reject) => {
        this.#waiting.set(id, { resolve: result => resolve(result as Result<H, N>), reject })
        this.#worker.postMessage({ id, name, argument } satisfies Request)
      })
    } finally {
      this.#waiting.delete(id)
      signal?.removeEventListener('abort', cancel)
    }
  }

  /** Ends the thread, with what it has under way. */
  async close(): Promise<void> {
    this.#ended ??= new Error('closed')
    await this.#worker.terminate()
  }

  #answered(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id)
    if ('result' in answer) waiting?.resolve(answer.result)
    else waiting?.reject(revive(answer.error))
  }

  #end(error: Error, died: (error: Error) => void): void {
    if (!this.#ended) {
      this.#ended = error
      died(error)
    }
    for (const { reject } of this.#waiting.values()) reject(error)
  }
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
      port.postMessage({ id, result } satisfies Answer)
    } catch (error) {
      const { message, stack, code, errcode } = error as Error & { code?: unknown; errcode?: unknown }
      port.postMessage({ id, error: { message, stack, code: errcode ?? code } } satisfies Answer)
    } finally {
      running.delete(id)
    }
  })
}

function revive({ message, code, stack }: WorkerError): Error {
  const error = Object.assign(new Error(message), { code })
  if (stack !== undefined) error.stack = stack
  return error
}
