import { Client } from '../../src/lib/live/client.ts'
import type { Frame } from '../../src/lib/live/frame.ts'

/** A client whose connection takes what a test says. */
export class TestClient extends Client {
  waiting = 0
  writes = 0
  readonly received: number[] = []
  told = 0

  constructor(onMissed: (events: number) => void = () => {}) {
    super(onMissed)
  }

  write(frame: Frame): void {
    this.received.push(...frame.events.map(({ sequence }) => sequence))
    this.waiting += frame.size
    this.writes++
  }

  tell(missed: number | null): void {
    this.told += missed!
  }

  beat(): void {}
  close(): void {}
  destroy(): void {}

  reads(bytes: number): void {
    this.waiting = Math.max(0, this.waiting - bytes)
    if (this.waiting === 0) this.relieved()
  }
}
