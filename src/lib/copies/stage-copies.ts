import type { Flow } from '../stage/flow.ts'
import type { Copy } from './copy.ts'

/** All copies of one stage: they are stopped together, and have ended when the last of them has. */
export class StageCopies implements Flow {
  /** The stages are in other processes. */
  readonly stages = []
  readonly held = 0
  readonly copies: readonly Copy[]

  constructor(copies: readonly Copy[]) {
    this.copies = copies
  }

  /** Settles when each has opened; rejects when one cannot. */
  async opened(): Promise<void> {
    await Promise.all(this.copies.map(copy => copy.opened))
  }

  /** Settles when all have ended; rejects when one cannot be started again. */
  async run(): Promise<void> {
    await Promise.all(this.copies.map(copy => copy.ended))
  }

  stopIntake(): void {
    for (const copy of this.copies) copy.stop()
  }

  async drain(): Promise<void> {
    await Promise.allSettled(this.copies.map(copy => copy.ended))
  }

  /** Called when they were drained, or the process has given up, which ends them. */
  async close(): Promise<void> {
    await this.drain()
  }
}
