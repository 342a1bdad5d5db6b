import type { OutgoingHttpHeaders } from 'node:http'
import type { SafeResponse } from '../../lib/serve/response.ts'
import type { Refused } from './refused.ts'

/** One transparent pixel (GIF89a), 43 bytes. */
export const GIF = Buffer.from('R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==', 'base64')
const TEXT = GIF.toString('latin1')

const HEADERS: OutgoingHttpHeaders = {
  'content-type': 'image/gif',
  'content-length': GIF.length,
  // The rest is for caches that are older than RFC 7234.
  'cache-control': 'no-store, no-cache, must-revalidate, private, max-age=0',
  pragma: 'no-cache',
  expires: '0',
}

/** Whatever became of a request, it is a picture: a broken one would be seen on the page. What is wrong stands in a header. */
export function sendPixel(response: SafeResponse, refused?: Refused): void {
  const wrong = refused && { ...HEADERS, 'x-error': refused.message, ...refused.headers }
  response.writeHead(refused?.status ?? 200, wrong ?? HEADERS)
  // As a text, it goes into one write with the headers.
  response.end(TEXT, 'latin1')
}
