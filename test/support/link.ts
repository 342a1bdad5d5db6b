import assert from 'node:assert/strict'
import type { Batch } from '../../src/lib/batch.ts'
import type { Receipt } from '../../src/lib/engine/receipt.ts'
import type { Outgoing } from '../../src/lib/engine/target.ts'

interface Sent {
  batch: Batch
  receipt: PromiseWithResolvers<Receipt>
}

/** A link that takes so many batches at a time, and acknowledges one when the test says so. */
export class ManualLink implements Outgoing {
  readonly form: 'bytes' | 'records'
  readonly borrows: boolean
  readonly most: number
  readonly pending: Sent[] = []
  /** Ids of the records that came, in order. */
  readonly ids: string[] = []
  readonly #window: number
  #room: PromiseWithResolvers<void> | undefined
  /** Bytes that must stay as they came: until they are acknowledged where they are borrowed, else for ever. */
  readonly #lasting: { bytes: Buffer; copy: Buffer }[] = []

  constructor(form: 'bytes' | 'records' = 'bytes', window = 1, borrows = false, most = 0) {
    this.form = form
    this.most = most
    this.#window = window
    this.borrows = borrows
  }

  accept(batch: Batch): Promise<Receipt> {
    const receipt = Promise.withResolvers<Receipt>()
    this.pending.push({ batch, receipt })
    this.ids.push(...batch.records.map(record => record['@meta'].id))
    if (this.form === 'bytes') this.#lasting.push({ bytes: batch.bytes, copy: Buffer.from(batch.bytes) })
    return receipt.promise
  }

  room(): Promise<void> | undefined {
    if (this.pending.length < this.#window) return undefined
    this.#room ??= Promise.withResolvers()
    return this.#room.promise
  }

  /** Acknowledges the n-th batch that waits for it. */
  acknowledge(n = 0, receipt?: Receipt): void {
    const [sent] = this.pending.splice(n, 1)
    for (const { bytes, copy } of this.#lasting) assert.ok(bytes.equals(copy), 'bytes were used again')
    if (this.borrows) this.#lasting.splice(n, 1)
    sent?.receipt.resolve(receipt ?? { sent: sent.batch.count })
    this.#giveRoom()
  }

  fail(error: Error): void {
    this.pending.shift()?.receipt.reject(error)
    this.#giveRoom()
  }

  #giveRoom(): void {
    this.#room?.resolve()
    this.#room = undefined
  }
}

/** Settles after everything that is only waiting for promises has happened. */
export function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
