/** How a daemon takes datagrams. */
export interface Reading<T> {
  /** Makes what goes on of the datagram from `start` to `end` of memory that is used again afterwards. It never throws. */
  decode: Decode<T>
  /** Where it listens when nobody says otherwise. */
  usual: string
  /** Milliseconds that a datagram may wait while much comes. */
  longest: number
}

/** @param peer the sender: `ip:port`, `[v6]:port` */
export type Decode<T> = (memory: Buffer, start: number, end: number, peer: string) => T
