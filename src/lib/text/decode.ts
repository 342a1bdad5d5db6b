import { isUtf8 } from 'node:buffer'

/** A text as it goes on. */
export interface Text {
  message: string
  /** The original bytes, base64, where they are not valid UTF-8. */
  bytes?: string
}

/** Decoding writes it for what is not valid, and only then the bytes are looked at. */
const REPLACEMENT = '\ufffd'

/** The text from `start` to `end` of memory that may be used again afterwards. */
export function decodeText(memory: Buffer, start: number, end: number): Text {
  const message = memory.toString('utf8', start, end)
  if (!message.includes(REPLACEMENT)) return { message }
  const payload = memory.subarray(start, end)
  return isUtf8(payload) ? { message } : { message, bytes: payload.toString('base64') }
}
