// The last events, and which fields they have.
import type { HttpError } from '../lib/http.ts'
import { Incoming } from '../lib/incoming.ts'
import type { Fields } from '../lib/record-fields.ts'
import { State } from '../lib/state.ts'
import { eventsAddress, type Filter } from './api.ts'
import { type EventLine, eventLine } from './event.ts'
import { FieldNames } from './field-names.ts'
import { followEvents } from './follow-events.ts'

/** Lines that are kept. */
const MOST = 100
/** Events a second, at most: more nobody sees. */
const RATE = 20
const LAST = 50
/** Milliseconds between two changes of the list: what comes is to be seen within 100 (npm run bench -- live). */
const BETWEEN = 50

export class Events {
  readonly lines = new State<readonly EventLine[]>([])
  /** Is there a connection? */
  readonly connected = new State(false)
  /** Why the server gives none; it is asked again. */
  readonly refusal = new State<HttpError | undefined>(undefined)
  readonly names = new FieldNames()
  readonly incoming = new Incoming<Fields>(events => this.#prepend(events), MOST, BETWEEN)
  #running = new AbortController()
  #number = 0
  /** Ids of the newest ones. */
  readonly #seen = new Set<string>()

  /** Events that are wanted, from now on. */
  start(filter: Filter): void {
    this.incoming.restart()
    this.lines.value = []
    this.#seen.clear()
    this.#follow(filter)
  }

  /** The same, over a new connection where there is none that is known to work. */
  renew(filter: Filter): void {
    this.connected.value = false
    this.#follow(filter)
  }

  /** Nothing comes until it is begun again. */
  stop(): void {
    this.#running.abort()
    this.connected.value = false
    this.incoming.drop()
  }

  get isStopped(): boolean {
    return this.#running.signal.aborted
  }

  #follow(filter: Filter): void {
    this.#running.abort()
    this.#running = new AbortController()
    this.refusal.value = undefined
    followEvents(eventsAddress(filter, RATE, LAST), this.#running.signal, {
      onOpen: () => {
        this.connected.value = true
        this.refusal.value = undefined
      },
      onEvent: event => {
        if (this.#isNew(event)) this.incoming.take(event)
      },
      onMissed: count => this.incoming.miss(count ?? 0),
      onLost: failure => {
        this.connected.value = false
        if (failure.status !== 0) this.refusal.value = failure
      },
    })
  }

  /** After a pause, the server begins with the newest again: those that were here are among them. */
  #isNew(event: Fields): boolean {
    const { id } = (event['@meta'] ?? {}) as { id?: string }
    if (id === undefined) return true
    if (this.#seen.has(id)) return false
    this.#seen.add(id)
    if (this.#seen.size > 2 * LAST) this.#seen.delete(this.#seen.values().next().value!)
    return true
  }

  #prepend(events: readonly Fields[]): void {
    const fresh = events.map(event => eventLine(event, ++this.#number))
    this.names.learn(fresh.map(({ fields }) => fields))
    this.lines.value = [...fresh, ...this.lines.value].slice(0, MOST)
  }
}
