import { isUtf8 } from 'node:buffer'

/** A datagram as it goes on. */
export interface Datagram {
  message: string
  /** The sender: `ip:port`, `[v6]:port`. */
  peer: string
  /** The original bytes, base64, where they are not valid UTF-8. */
  bytes?: string
}

/** Decoding writes it for what is not valid, and only then the bytes are looked at. */
const REPLACEMENT = '\ufffd'

/** The datagram at `start` of the memory that it came in, which is used again afterwards. */
export function decode(memory: Buffer, start: number, end: number, peer: string): Datagram {
  const message = memory.toString('utf8', start, end)
  if (!message.includes(REPLACEMENT)) return { message, peer }
  const payload = memory.subarray(start, end)
  return isUtf8(payload) ? { message, peer } : { message, peer, bytes: payload.toString('base64') }
}
