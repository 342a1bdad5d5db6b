import { atMostEvery, type Context, messageOf } from '../../lib/index.ts'
import { WorkerThread } from '../../lib/worker.ts'
import { tellOfDamage } from './damage.ts'
import type { QueryCalls } from './query-worker.ts'
import type { Failure } from './reader.ts'

/** The thread that answers queries. One that dies of a question takes that with it, and is followed by another. */
export class Queries {
  readonly #folder: string
  readonly #context: Context
  readonly #mayWarn = atMostEvery(60_000)
  #thread: WorkerThread<QueryCalls> | undefined
  #hearing = false

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
    const thread = this.#thread
    const answer = thread.call(name, ...rest)
    answer.catch(() => {}).finally(() => this.#logFailures(thread))
    return answer
  }

  /** What only a reader finds damaged, nobody else would tell of. */
  async #logFailures(thread: WorkerThread<QueryCalls>): Promise<void> {
    if (this.#hearing) return
    this.#hearing = true
    try {
      const failures = await thread.call('takeFailures')
      tellOfDamage(
        failures.filter(({ passing }) => !passing),
        this.#context,
      )
      const failure = failures.find(({ passing }) => passing)
      if (failure && this.#mayWarn()) this.#warn(failure)
    } catch {
      // The thread has ended, and says so itself.
    } finally {
      this.#hearing = false
    }
  }

  #warn({ path, reason }: Failure): void {
    this.#context.log.warn(
      { path, reason },
      'a partition of the store cannot be read at the moment: it is missing from answers, which say so',
    )
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
