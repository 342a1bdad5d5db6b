// The most frequent values of the fields that most records have, and what the store holds.
import { State } from '../lib/state.ts'
import { type About, type Asked, type Fields, getAbout, getFields } from './api.ts'

export class PanelModel {
  readonly fields = new State<Fields | undefined>(undefined)
  readonly about = new State<About | undefined>(undefined)
  #running = new AbortController()

  /** What fails here is only missing: the search says what is wrong. */
  async load(asked: Asked): Promise<void> {
    this.#running.abort()
    this.#running = new AbortController()
    const { signal } = this.#running
    const [fields, about] = await Promise.allSettled([
      getFields(asked, { limit: 12 }, signal),
      getAbout(signal),
    ])
    if (signal.aborted) return
    if (fields.status === 'fulfilled') this.fields.value = fields.value
    if (about.status === 'fulfilled') this.about.value = about.value
  }

  stop(): void {
    this.#running.abort()
  }
}
