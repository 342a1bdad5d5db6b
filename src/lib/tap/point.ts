import type { Batch } from '../batch.ts'
import type { Receipt } from '../engine/receipt.ts'
import type { PushSide, Target } from '../engine/target.ts'

/** Somebody who looks at what goes by. */
export type Looker = (batch: Batch) => void

/** A place where batches go by, and may be looked at. */
export class TapPoint {
  /** Undefined as long as nobody looks: that is all that it costs then. */
  #look: Looker | undefined
  readonly #lookers = new Set<Looker>()

  get size(): number {
    return this.#lookers.size
  }

  add(looker: Looker): void {
    this.#lookers.add(looker)
    this.#look = batch => {
      for (const one of this.#lookers) one(batch)
    }
  }

  delete(looker: Looker): void {
    this.#lookers.delete(looker)
    if (this.#lookers.size === 0) this.#look = undefined
  }

  /** Called before anybody else has the batch: whoever takes it may change its records. */
  pass(batch: Batch): void {
    this.#look?.(batch)
  }
}

/** The same target, whose batches are seen at this point. */
export function tapped(target: Target, point: TapPoint): Target {
  return {
    accept(batch: Batch): Promise<Receipt> {
      point.pass(batch)
      return target.accept(batch)
    },
    room: () => target.room(),
  }
}

/** The same of a push side; each of the points sees its batches. */
export function tappedSide(side: PushSide, ...points: readonly TapPoint[]): PushSide {
  return {
    accept(batch: Batch): Promise<Receipt> {
      for (const point of points) point.pass(batch)
      return side.accept(batch)
    },
    room: () => side.room(),
    hurry: () => side.hurry(),
    get held() {
      return side.held
    },
  }
}
