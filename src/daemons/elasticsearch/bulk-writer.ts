import { atMostEvery, Backoff, type Context, type Exception, type Lines } from '../../lib/index.ts'
import type { BulkBody } from './bulk-body.ts'
import { type BulkItem, describe, judgeItem, judgeRequest } from './verdict.ts'

/** What came back of one bulk request. */
export type BulkAnswer =
  /** All of them are stored, so many. */
  | { created: number; items?: undefined }
  | { items: readonly BulkItem[]; created?: undefined }
  /** The request failed as a whole; status 0: there was no answer, or half of one. */
  | { items?: undefined; created?: undefined; status: number; reason: string }

export interface BulkWriterOptions {
  /** Sends the body of a bulk request, once. Never throws. */
  send(body: Buffer): Promise<BulkAnswer>
  body: BulkBody
  /** Settles when the server is there and prepared. */
  ready: Promise<void>
  /** The server's name in messages. */
  where: string
  context: Context<'requests' | 'retried'>
}

/** Lines on their way to the server, and what is known of them. */
interface Job {
  lines: Lines
  exceptions: Exception[]
  /** Those that were copied, refused, and go the slow way now. */
  asRead: Set<number>
}

// Where somebody has to mend something first (a password, an address), trying is only looking whether they have.
const LOOK_AGAIN = { first: 5_000, most: 30_000 }

/** Writes lines with the bulk API, and goes on with each document until its fate is known. */
export class BulkWriter {
  readonly #options: BulkWriterOptions
  readonly #complain = atMostEvery(60_000)

  constructor(options: BulkWriterOptions) {
    this.#options = options
  }

  async write(lines: Lines): Promise<Exception[]> {
    await this.#options.ready
    const job: Job = { lines, exceptions: [], asRead: new Set() }
    await this.#writeAll(job)
    return job.exceptions
  }

  /** @param indices of the lines to write; at first all */
  async #writeAll(job: Job, indices?: readonly number[]): Promise<void> {
    const { context } = this.#options
    const busy = new Backoff(100, 30_000)
    const stopped = new Backoff(LOOK_AGAIN.first, LOOK_AGAIN.most)
    for (let left = indices; ; ) {
      const count = left?.length ?? job.lines.count
      const answer = await this.#send(job, left)
      if (answer.created === count) {
        context.count('requests')
        this.#waiting(undefined)
        return
      }
      if (answer.items?.length === count) {
        context.count('requests')
        const { again, reread, forbidden } = judge(job, left, answer.items)
        if (again.length + reread.length === 0) {
          this.#waiting(undefined)
          return
        }
        if (again.length < count) busy.reset()
        left = [...again, ...reread]
        if (again.length > 0)
          await this.#wait(again.length, forbidden ? stopped : busy, forbidden ?? firstError(answer.items))
        continue
      }
      const { status, reason } =
        'status' in answer ? answer : { status: 0, reason: 'the answer was incomplete' }
      const verdict = judgeRequest(status)
      if (verdict === 'halve')
        return this.#halve(job, left ?? Array.from({ length: count }, (_, n) => n), reason)
      await this.#wait(count, verdict === 'stop' ? stopped : busy, reason)
    }
  }

  async #send({ lines, asRead }: Job, indices: readonly number[] | undefined): Promise<BulkAnswer> {
    const { send, body } = this.#options
    const bytes = indices ? body.of(lines, indices, asRead) : body.ofAll(lines)
    const answer = await send(bytes)
    // A request that was cut off, or refused before it was read, may still be on its way out.
    if (!('status' in answer)) body.release(bytes)
    return answer
  }

  /** Too large for the server: in two halves, down to the one document that is too large by itself. */
  async #halve(job: Job, indices: readonly number[], reason: string): Promise<void> {
    if (indices.length === 1) {
      job.exceptions.push([indices[0]!, { dead: 'too-large', detail: reason }])
      return
    }
    const middle = Math.ceil(indices.length / 2)
    await this.#writeAll(job, indices.slice(0, middle))
    await this.#writeAll(job, indices.slice(middle))
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

/** Sorts the lines by the verdict of the server; those that failed for good become exceptions. */
function judge(job: Job, indices: readonly number[] | undefined, items: readonly BulkItem[]) {
  const again: number[] = []
  const reread: number[] = []
  let forbidden: string | undefined
  for (const [n, item] of items.entries()) {
    const index = indices?.[n] ?? n
    const verdict = judgeItem(item)
    if (verdict === 'stored') continue
    if (verdict === 'again' || verdict === 'forbidden') {
      again.push(index)
      if (verdict === 'forbidden') forbidden ??= describe(item.error)
    } else if (verdict !== 'duplicate' && !verdict.kept && isOther(job, index)) reread.push(index)
    else job.exceptions.push([index, verdict])
  }
  return { again, reread, forbidden }
}

/**
 * Whether a line is not what it looks like: only now it is read. It may be no JSON, or somebody's own `@meta`; then it
 * goes again, as the record that it is.
 */
function isOther({ lines, asRead }: Job, index: number): boolean {
  if (asRead.has(index)) return false
  asRead.add(index)
  return `${JSON.stringify(lines.record(index))}\n` !== lines.line(index).toString()
}

function firstError(items: readonly BulkItem[]): string {
  return describe(items.find(item => judgeItem(item) === 'again')?.error) || 'it asks to try again'
}
