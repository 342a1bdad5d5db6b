import { type Context, messageOf } from '../../lib/index.ts'
import { WorkerThread } from '../../lib/worker.ts'
import type { QueryCalls } from './query-worker.ts'

/** The thread that answers queries. One that dies of a question takes that with it, and is followed by another. */
export class Queries {
  readonly #folder: string
  readonly #context: Context
  #thread: WorkerThread<QueryCalls> | undefined

  constructor(folder: string, context: Context) {
    this.#folder = folder
    this.#context = context
    context.defer(() => this.#thread?.close())
  }

  /** Calls waiting for their answer. */
  get pending(): number {
    return this.#thread?.pending ?? 0
  }

  /** Rejects with the code ERR_QUERIES_ENDED when the thread dies meanwhile. */
  readonly call: WorkerThread<QueryCalls>['call'] = (name, ...rest) => {
    this.#thread ??= this.#start()
    return this.#thread.call(name, ...rest)
  }

  #start(): WorkerThread<QueryCalls> {
    return new WorkerThread<QueryCalls>('daemons/store/query-worker', { folder: this.#folder }, error => {
      this.#thread = undefined
      Object.assign(error, { code: 'ERR_QUERIES_ENDED' })
      this.#context.log.error(
        { error: messageOf(error) },
        'a query has ended the thread of queries; starting another',
      )
    })
  }
}
