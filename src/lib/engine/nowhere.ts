import type { Batch } from '../batch.ts'
import type { Receipt } from './receipt.ts'
import type { PushSide } from './target.ts'

/** The push side of a filter that has outputs and nothing else: what belongs into none of them ends here, and is counted. */
export class Nowhere implements PushSide {
  readonly held = 0

  async accept({ count }: Batch): Promise<Receipt> {
    return count > 0 ? { 'dropped:unmatched': count } : {}
  }

  room(): undefined {}

  hurry(): void {}
}
