import type { ReaderCounter } from '../reader.ts'
import type { CertificateView } from '../tls/certificates.ts'

/** What every daemon counts beside its records. */
export const ENGINE_COUNTERS: { readonly [counter in ReaderCounter]: string } = {
  notJson: 'Lines that start like a JSON object and are not one; taken as text',
  notMsgpack:
    'Messages that begin as MessagePack and are none, or not of records; the rest of them is taken as text',
  strangersMeta: 'Records with a @meta that cannot be honoured; renamed _meta',
  invalidUtf8: 'Texts that are not valid UTF-8; their bytes are kept in @meta.bytes',
}

/** What a stage tells of itself beside its books: its counters, what it waits for, where it listens, with which certificates. */
export class StageFacts {
  readonly counters: Map<string, number>
  /** Reasons by what is waited for. Ready when there is none. */
  readonly waiting = new Map<string, string>()
  readonly listening: string[] = []
  readonly certificates: CertificateView[] = []
  readonly #changed: () => void

  /** @param changed called when what is waited for has changed */
  constructor(counters: Iterable<string>, changed: () => void) {
    this.counters = new Map([...counters].map(counter => [counter, 0]))
    this.#changed = changed
  }

  count(counter: string, n = 1): void {
    this.counters.set(counter, (this.counters.get(counter) ?? 0) + n)
  }

  /** Names what is waited for, or takes it back. */
  waitFor(what: string, reason: string | undefined): void {
    if (this.waiting.get(what) === reason) return
    if (reason === undefined) this.waiting.delete(what)
    else this.waiting.set(what, reason)
    this.#changed()
  }
}
