import { Batch } from '../batch.ts'
import type { Position, Run } from '../daemon.ts'
import { Fatal } from '../errors.ts'
import type { LogRecord } from '../record.ts'
import { estimateSize } from '../size.ts'
import type { AcceptedPosition } from './accepted-position.ts'
import type { Books } from './books.ts'
import { openCheckpoint, type Told } from './checkpoint.ts'
import { openCheckpointTable } from './checkpoint-table.ts'
import { Gate } from './gate.ts'
import type { Receipt } from './receipt.ts'
import type { Target } from './target.ts'

export interface SourceStageOptions {
  books: Books
  outlet: Target
  /** The file of a checkpoint of this name. */
  checkpointPath(name: string): Promise<string>
  /** Settles when the refused record is durable as a dead letter. */
  refuse(record: LogRecord, reason: string, detail?: string): Promise<void>
  /** Bytes refused and not yet dead letters. */
  buffer: number
  /** Names what is waited for; `undefined` takes it back. */
  waitingFor(what: string, reason: string | undefined): void
  count(counter: 'invalidUtf8'): void
  fatal(error: unknown): void
}

/** Runs a source: enters what it emits into the books, and moves its checkpoints as it is accepted. */
export class SourceStage {
  readonly #options: SourceStageOptions
  readonly #checkpoints: { close(): Promise<void> }[] = []
  readonly #refusals: Gate
  /** Settles when all that was refused until now is durable; undefined when it is. */
  #kept: Promise<unknown> | undefined

  constructor(options: SourceStageOptions) {
    this.#options = options
    this.#refusals = new Gate(options.buffer)
  }

  /** Resolves when the source has ended: by itself, or because the signal asked for it. */
  async run(run: Run, signal: AbortSignal): Promise<void> {
    // A source that listens for the signal would not hear of one that came before.
    if (signal.aborted) return
    await run({
      emit: (records, at) => this.#emit(records, at),
      room: () => this.#options.outlet.room() ?? this.#refusals.room(),
      checkpoint: async name => {
        const path = await this.#options.checkpointPath(name)
        const checkpoint = await openCheckpoint(path, this.#told(`checkpoint ${name}`))
        this.#checkpoints.push(checkpoint)
        return checkpoint
      },
      checkpoints: async name => {
        const path = await this.#options.checkpointPath(name)
        const table = openCheckpointTable(path, this.#told(`checkpoints ${name}`))
        this.#checkpoints.push(table)
        return table
      },
      signal,
    })
  }

  #told(what: string): Told {
    const { fatal, waitingFor } = this.#options
    return { fatal, waiting: reason => waitingFor(what, reason) }
  }

  /** Writes the positions that are not on disk yet. */
  async close(): Promise<void> {
    await Promise.all(this.#checkpoints.map(checkpoint => checkpoint.close()))
  }

  reject(record: LogRecord, reason: string, detail?: string): undefined {
    const { books, refuse } = this.#options
    const entry = books.take(1)
    const size = estimateSize(record)
    this.#note(record)
    this.#refusals.take(size)
    const refused = refuse(record, reason, detail).then(() => {
      this.#refusals.give(size)
      books.settle(entry, { dead: 1 })
    })
    // At the end nobody waits for it any more; it stays in the books.
    refused.catch(error => {
      if (error instanceof Fatal) this.#options.fatal(error)
    })
    this.#keep(refused)
  }

  #note(record: LogRecord): void {
    if (record['@meta'].bytes !== undefined) this.#options.count('invalidUtf8')
  }

  #keep(refused: Promise<void>): void {
    const kept = Promise.all([this.#kept, refused]).then(() => {
      if (this.#kept === kept) this.#kept = undefined
    })
    kept.catch(() => {})
    this.#kept = kept
  }

  #emit(records: LogRecord[], at: Position | undefined): Promise<Receipt> {
    const advance = (at?.checkpoint as AcceptedPosition | undefined)?.expect(at!.position)
    const kept = this.#kept
    // Nothing of interest up to this position: it moves all the same.
    if (records.length === 0 && !kept) {
      advance?.()
      return Promise.resolve({})
    }
    const taken = records.length > 0 ? this.#take(records) : Promise.resolve({})
    const safe = kept ? Promise.all([taken, kept]).then(([receipt]) => receipt) : taken
    const accepted = safe.then(receipt => {
      advance?.()
      return receipt
    })
    // A source that does not look at the promise must not be ended by it; what was not accepted stays in the books.
    accepted.catch(() => {})
    return accepted
  }

  #take(records: LogRecord[]): Promise<Receipt> {
    const { books, outlet } = this.#options
    for (const record of records) this.#note(record)
    const entry = books.take(records.length)
    return outlet.accept(Batch.fromRecords(records)).then(receipt => {
      books.settle(entry, receipt)
      return receipt
    })
  }
}
