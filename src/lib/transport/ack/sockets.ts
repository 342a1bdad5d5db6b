import type { Hello } from '../../ack/message.ts'
import type { Wire } from '../../ack/party.ts'
import type { Endpoint } from '../../endpoint.ts'
import type { LinkStatus } from '../link.ts'
import { BoundLine } from './bound-line.ts'
import { DialledLine } from './dialled-line.ts'
import type { Line, LineContext, Listener, Peer } from './line.ts'

// The sockets below the acknowledged pipe: they move frames and tell of connections; what it all means is in lib/ack.

const TICK = 1_000

/** The sockets of one side of a daemon, one for each endpoint. */
export class AckSockets implements Wire<Peer> {
  readonly #lines: Line[] = []
  readonly #changed: (peers: number) => void
  #ticking: NodeJS.Timeout | undefined

  /** @param changed told how many peers there are that have said hello */
  constructor(changed: (peers: number) => void) {
    this.#changed = changed
  }

  get statuses(): readonly LinkStatus[] {
    return this.#lines.map(line => line.status)
  }

  /** Binds and dials. Throws Fatal when an address cannot be bound; then nothing stays open. */
  async open(
    endpoints: readonly Endpoint[],
    max: number,
    listener: Listener,
    context: Omit<LineContext, 'changed'>,
  ): Promise<void> {
    try {
      for (const endpoint of endpoints) {
        const Kind = endpoint.mode === 'bind' ? BoundLine : DialledLine
        const line = new Kind(endpoint, max, listener, {
          ...context,
          changed: () => this.#changed(this.#peers),
        })
        this.#lines.push(line)
        await line.open()
      }
    } catch (error) {
      this.close()
      throw error
    }
    // A process that was held up reads first what has come meanwhile.
    this.#ticking = setInterval(() => setImmediate(() => listener.tick()), TICK)
  }

  send(peer: Peer, frame: Buffer): void {
    peer.line.send(peer, frame)
  }

  refusal(peer: Peer, hello: Hello): string | undefined {
    return peer.line.refusal(peer, hello)
  }

  nameOf({ sender }: Peer): string | undefined {
    // Who has not said who it is is none of those who have.
    return sender && (sender.name ?? '')
  }

  greeted(peer: Peer): void {
    peer.line.greeted(peer)
  }

  hangUp(peer: Peer, why?: string): void {
    peer.line.hangUp(peer, why)
  }

  now(): number {
    return performance.now()
  }

  /** What was sent last gets a moment to leave. */
  close(): void {
    clearInterval(this.#ticking)
    for (const line of this.#lines) line.close()
  }

  get #peers(): number {
    return this.#lines.reduce((sum, { status }) => sum + status.peers!, 0)
  }
}
