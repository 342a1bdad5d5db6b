import type { Batch } from '../batch.ts'
import type { Receipt } from './receipt.ts'

/**
 * Whoever takes batches: a stage's intake, its push side, a link. It is the one contract between any two parts,
 * whether they stand in one process or on two hosts.
 */
export interface Target {
  /** Takes the batch, always. The receipt comes when all of it is accepted; a rejection means it was not. */
  accept(batch: Batch): Promise<Receipt>
  /** Undefined when there is room for more, else the promise of it. Who ignores it makes the buffer grow. */
  room(): Promise<void> | undefined
}
