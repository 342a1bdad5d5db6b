// Records as they are stored.
import { follow } from '../lib/event-stream.ts'
import type { HttpError } from '../lib/http.ts'
import { type HoldReason, Incoming } from '../lib/incoming.ts'
import { State } from '../lib/state.ts'
import { type Hit, tailAddress } from './api.ts'
import { type Line, lineOf } from './line.ts'
import { MOST_LIVE } from './results.ts'

export interface TailState {
  readonly connection: 'off' | 'connecting' | 'live' | 'reconnecting'
  readonly failure: HttpError | undefined
  /** Whether an unknown number was left out. */
  readonly gap: boolean
}

const OFF: TailState = { connection: 'off', failure: undefined, gap: false }

export class Tail {
  readonly state = new State<TailState>(OFF)
  readonly incoming: Incoming<Hit>
  #running = new AbortController()

  constructor(show: (lines: readonly Line[]) => void) {
    this.incoming = new Incoming(hits => show(hits.map(lineOf)), MOST_LIVE)
  }

  start(q: string): void {
    this.stop()
    this.#running = new AbortController()
    this.incoming.restart()
    this.state.value = { ...OFF, connection: 'connecting' }
    void follow(tailAddress(q), this.#running.signal, {
      onOpen: () => this.state.change({ connection: 'live', failure: undefined }),
      onLost: failure => this.state.change({ connection: 'reconnecting', failure }),
      onEvent: ({ event, data }) => {
        if (event === 'record') this.incoming.take(JSON.parse(data) as Hit)
        else if (event === 'missed') this.#miss((JSON.parse(data) as { records: number | null }).records)
      },
    })
  }

  stop(): void {
    this.#running.abort()
    this.incoming.drop()
    this.state.change({ connection: 'off', failure: undefined })
  }

  hold(reason: HoldReason, on: boolean): void {
    this.incoming.hold(reason, on)
  }

  forgetMissed(): void {
    this.incoming.forgetMissed()
    this.state.change({ gap: false })
  }

  /** `null`: nobody knows how many, because the store was started again meanwhile. */
  #miss(records: number | null): void {
    if (records === null) this.state.change({ gap: true })
    else this.incoming.miss(records)
  }
}
