import { promisify } from 'node:util'
import {
  type BrotliCompress,
  brotliCompress,
  constants,
  createBrotliCompress,
  createGzip,
  type Gzip,
  gzip,
} from 'node:zlib'
import { parseAccept } from 'hono/utils/accept'

export type Encoding = 'br' | 'gzip'

/** Smaller answers fit into one packet anyway. */
export const WORTH_COMPRESSING = 1024

// The best of brotli that is as fast as gzip.
const BROTLI_QUALITY = 4
// How long a stream that pauses keeps what came last to itself.
const FLUSH_DELAY = 20

const COMPRESSIBLE =
  /^(?:text\/(?!event-stream)|application\/(?:json|x-ndjson|javascript|xml)|[^;]*\+(?:json|xml)|image\/svg)/i

/** Whether answers like this one are compressed for those who accept it. */
export function isCompressible(status: number, headers: Headers): boolean {
  return (
    status !== 206 &&
    COMPRESSIBLE.test(headers.get('content-type') ?? '') &&
    !headers.has('content-encoding') &&
    !/\bno-transform\b/i.test(headers.get('cache-control') ?? '')
  )
}

/** The first of these that an `Accept-Encoding` allows. */
export function chooseEncoding(accept: string | undefined, among: readonly Encoding[]): Encoding | undefined {
  if (!accept) return undefined
  const accepted = parseAccept(accept)
  const weight = (type: string) => accepted.find(one => one.type.toLowerCase() === type)?.q
  return among.find(encoding => (weight(encoding) ?? weight('*') ?? 0) > 0)
}

const gzipAll = promisify(gzip)
const brotliAll = promisify(brotliCompress)

export function compressAll(encoding: Encoding, body: string | Uint8Array, quality = BROTLI_QUALITY) {
  if (encoding === 'gzip') return gzipAll(body)
  return brotliAll(body, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } })
}

/** What compresses a stream. What was written leaves it soon, however little it is. */
export function createCompressor(encoding: Encoding): { zip: Gzip | BrotliCompress; written(): void } {
  const zip =
    encoding === 'gzip'
      ? createGzip()
      : createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } })
  let timer: NodeJS.Timeout | undefined
  const flush = () => {
    timer = undefined
    if (!zip.writableEnded && !zip.destroyed) zip.flush()
  }
  zip.once('close', () => clearTimeout(timer))
  return {
    zip,
    written() {
      timer ??= setTimeout(flush, FLUSH_DELAY)
    },
  }
}

/** The headers of an answer whose body was, or for others would be, compressed. */
export function compressedHeaders(given: Headers, encoding: Encoding | undefined): Headers {
  const headers = new Headers(given)
  const vary = headers.get('vary')
  if (vary !== '*' && !/\baccept-encoding\b/i.test(vary ?? '')) headers.append('vary', 'accept-encoding')
  if (!encoding) return headers
  headers.set('content-encoding', encoding)
  headers.delete('content-length')
  const etag = headers.get('etag')
  if (etag && !etag.startsWith('W/')) headers.set('etag', `W/${etag}`)
  return headers
}
