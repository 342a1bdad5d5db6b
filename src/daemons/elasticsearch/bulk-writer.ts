import { atMostEvery, Backoff, type Context, type Exception, type LogRecord } from '../../lib/index.ts'
import type { ToDocument } from './document.ts'
import { type BulkItem, describe, judgeItem, judgeRequest } from './verdict.ts'

/** What came back of one bulk request. */
export type BulkAnswer =
  | { items: readonly BulkItem[] }
  /** The request failed as a whole; status 0: there was no answer, or half of one. */
  | { items?: undefined; status: number; reason: string }

export interface BulkWriterOptions {
  /** Sends the lines of a bulk request, once. Never throws. */
  send(lines: readonly string[]): Promise<BulkAnswer>
  documents: ToDocument
  /** Settles when the server is there and prepared. */
  ready: Promise<void>
  /** The server's name in messages. */
  where: string
  context: Context<'requests' | 'retried'>
}

interface Document {
  /** Its place in the batch. */
  index: number
  action: string
  source: string
}

// Where somebody has to mend something first (a password, an address), trying is only looking whether they have.
const LOOK_AGAIN = { first: 5_000, most: 30_000 }

/** Writes batches with the bulk API, and goes on with each document until its fate is known. */
export class BulkWriter {
  readonly #options: BulkWriterOptions
  readonly #complain = atMostEvery(60_000)

  constructor(options: BulkWriterOptions) {
    this.#options = options
  }

  async write(records: readonly LogRecord[]): Promise<Exception[]> {
    await this.#options.ready
    const documents = records.map((record, index) => ({ index, ...this.#options.documents(record) }))
    return this.#writeAll(documents)
  }

  async #writeAll(documents: readonly Document[]): Promise<Exception[]> {
    const { context } = this.#options
    const exceptions: Exception[] = []
    const busy = new Backoff(100, 30_000)
    const stopped = new Backoff(LOOK_AGAIN.first, LOOK_AGAIN.most)
    for (let left = documents; ; ) {
      const answer = await this.#options.send(left.flatMap(({ action, source }) => [action, source]))
      const torn = answer.items && answer.items.length !== left.length
      if (answer.items && !torn) {
        context.count('requests')
        const { again, forbidden } = judge(left, answer.items, exceptions)
        if (again.length === 0) {
          this.#waiting(undefined)
          return exceptions
        }
        if (again.length < left.length) busy.reset()
        left = again
        await this.#wait(left.length, forbidden ? stopped : busy, forbidden ?? firstError(answer.items))
        continue
      }
      const { status, reason } = answer.items ? { status: 0, reason: 'the answer was incomplete' } : answer
      const verdict = judgeRequest(status)
      if (verdict === 'halve') return [...exceptions, ...(await this.#halve(left, reason))]
      await this.#wait(left.length, verdict === 'stop' ? stopped : busy, reason)
    }
  }

  /** Too large for the server: in two halves, down to the one document that is too large by itself. */
  async #halve(documents: readonly Document[], reason: string): Promise<Exception[]> {
    if (documents.length === 1) return [[documents[0]!.index, { dead: 'too-large', detail: reason }]]
    const middle = Math.ceil(documents.length / 2)
    const first = await this.#writeAll(documents.slice(0, middle))
    return [...first, ...(await this.#writeAll(documents.slice(middle)))]
  }

  async #wait(documents: number, backoff: Backoff, reason: string): Promise<void> {
    const { context, where } = this.#options
    context.count('retried', documents)
    this.#waiting(`${where}: ${reason}`)
    if (this.#complain())
      context.log.warn({ documents, reason }, `${where} does not take them; trying again, nothing is lost`)
    await backoff.wait(context.signal)
  }

  #waiting(reason: string | undefined): void {
    this.#options.context.waitingFor('bulk', reason)
  }
}

/** Sorts the documents by the verdict of the server; those that failed for good are added to `exceptions`. */
function judge(documents: readonly Document[], items: readonly BulkItem[], exceptions: Exception[]) {
  const again: Document[] = []
  let forbidden: string | undefined
  for (let n = 0; n < items.length; n++) {
    const document = documents[n]!
    const item = items[n]!
    const verdict = judgeItem(item)
    if (verdict === 'stored') continue
    if (verdict === 'again' || verdict === 'forbidden') {
      again.push(document)
      if (verdict === 'forbidden') forbidden ??= describe(item.error)
    } else exceptions.push([document.index, verdict])
  }
  return { again, forbidden }
}

function firstError(items: readonly BulkItem[]): string {
  return describe(items.find(item => judgeItem(item) === 'again')?.error) || 'it asks to try again'
}
