import type { Socket } from 'node:net'

/** Who is at the other end. */
export type Peer = {
  /** `ip:port`. */
  peer: string
  /** The name in its certificate. */
  sender?: string
}

/** What a daemon makes of a connection. */
export interface Conversation {
  /** Bytes have come. Where it returns a promise, no more of them come before that resolves. */
  data(chunk: Buffer): Promise<void> | undefined
  /** Whether it has said something that makes sense; without this, anything does. Who has not goes first when there are too many. */
  readonly isKnown?: boolean
  /** The peer has said all it has to say, and may still be told something. Without this function the connection is closed. */
  ended?(): void
  /** The connection is closed. */
  end(): void
  /** Nothing has come for --idle-timeout. Without this function the connection is ended then. */
  silent?(): void
}

/** What is called for each connection. */
export type Open = (peer: Peer, socket: Socket) => Conversation
