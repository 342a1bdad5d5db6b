// A bulk API that stores nothing and answers "created" to all: node null-bulk.ts. It counts documents, and by the
// number in each (`#000000042`) which of them came, and came twice.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Stored {
  requests: number
  documents: number
  bytes: number
  /** Different numbers among them. */
  distinct: number
  /** Epoch milliseconds of the last request. */
  last: number
}

const LF = 0x0a
const HASH = 0x23
const DIGITS = 9
// All numbers of nine digits; the kernel gives only the pages that are written.
const MOST = 1_000_000_000

if (process.send) {
  const seen = new Uint8Array(MOST / 8)
  const stored: Stored = { requests: 0, documents: 0, bytes: 0, distinct: 0, last: 0 }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => answer(request, Buffer.concat(chunks), response))
  })

  const answer = (request: IncomingMessage, body: Buffer, response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' })
    if (!request.url?.includes('_bulk')) response.end('{}')
    else {
      const documents = countDocuments(body)
      stored.requests++
      stored.documents += documents
      stored.bytes += body.length
      stored.last = performance.timeOrigin + performance.now()
      response.end(`{"items":[${'{"create":{"status":201}},'.repeat(documents).slice(0, -1)}]}`)
    }
  }

  /** Two lines a document. */
  const countDocuments = (body: Buffer): number => {
    let lines = 0
    for (let start = 0; start < body.length; lines++) {
      const end = body.indexOf(LF, start)
      if (lines % 2 === 1) note(body, start, end)
      start = end + 1
    }
    return lines / 2
  }

  const note = (body: Buffer, start: number, end: number): void => {
    const hash = body.indexOf(HASH, start)
    if (hash < 0 || hash + DIGITS >= end) return
    let number = 0
    for (let at = hash + 1; at <= hash + DIGITS; at++) number = number * 10 + body[at]! - 0x30
    if (!(number < MOST)) return
    const bit = 1 << (number & 7)
    if ((seen[number >> 3]! & bit) === 0) stored.distinct++
    seen[number >> 3]! |= bit
  }

  process.on('message', () => process.send!(stored))
  server.listen(0, '127.0.0.1', () =>
    process.send!(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
  )
}
