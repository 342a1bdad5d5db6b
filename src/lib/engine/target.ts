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

/** A target at the far end of a push side: a link, or the next stage in the same process. */
export interface Outgoing extends Target {
  /** What it is fed with: encoded NDJSON, or records as they are. */
  readonly form: 'bytes' | 'records'
  /** Looks at the bytes no more once the receipt is there, so that their memory may be used again. */
  readonly borrows?: boolean
  /** A batch costs it the same, whatever its size: of what waits for it in memory, so many bytes go together. */
  readonly most?: number
}

/** What stands between a daemon and its links, in memory or on disk: one buffer, one policy. */
export interface PushSide extends Target {
  /** Bytes held. */
  readonly held: number
  /** From now on batches go out as they come: the daemon is stopping. */
  hurry(): void
}
