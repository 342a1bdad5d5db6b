import type { Context, Fields, LogRecord } from '../../lib/index.ts'
import { type Oversize, TextRecords } from '../../lib/text/oversize.ts'
import type { Credentials } from '../../lib/unix/peer.ts'
import { senderFields } from './credentials.ts'
import type { Received } from './datagram-socket.ts'

/** Senders that are known at once; then it begins anew. */
const MOST_SENDERS = 1024

/** Makes records of datagrams, with who sent them. */
export class DatagramRecords {
  readonly #context: Context<'oversize' | 'empty' | 'truncated'>
  readonly #oversize: Oversize
  readonly #fields: Fields
  readonly #senders = new Map<string, TextRecords>()

  /** @param fields what each record has beside message and sender */
  constructor(context: Context<'oversize' | 'empty' | 'truncated'>, oversize: Oversize, fields: Fields) {
    this.#context = context
    this.#oversize = oversize
    this.#fields = fields
  }

  from({ memory, start, end, length, sender }: Received): LogRecord[] {
    if (length === 0) {
      this.#context.count('empty')
      return []
    }
    const texts = this.#textsOf(sender)
    texts.received = Date.now()
    texts.piece(memory, start, end, true)
    const records = texts.take()
    if (end - start < length) {
      this.#context.count('truncated')
      for (const record of records) record['@meta'].truncated = length
    }
    return records
  }

  #textsOf(sender: Credentials | undefined): TextRecords {
    const key = sender ? `${sender.pid} ${sender.uid} ${sender.gid}` : ''
    const known = this.#senders.get(key)
    if (known) return known
    if (this.#senders.size >= MOST_SENDERS) this.#senders.clear()
    const texts = new TextRecords({
      context: this.#context,
      oversize: this.#oversize,
      fields: { ...this.#fields, ...senderFields(sender) },
    })
    this.#senders.set(key, texts)
    return texts
  }
}
