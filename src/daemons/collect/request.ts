import type { IncomingMessage } from 'node:http'

/** Path and query. They may come behind scheme and host (RFC 9112 section 3.2.2). */
export function pathOf({ url = '' }: IncomingMessage): string {
  return url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?#]*/i, '')
}

/** Headers come as one character a byte (latin1); what is meant is UTF-8. */
export function textOf(bytes: string): string {
  return /[^\x00-\x7f]/.test(bytes) ? Buffer.from(bytes, 'latin1').toString() : bytes
}
