// A process that posts: node http-poster.ts PORT BODY RECORDS CONNECTIONS. BODY is a form of bodyOf, of so many records. On a
// message, a number of seconds, it posts for so long and says what was accepted. It speaks HTTP by hand, so that it costs
// less than who answers.
import { connect, type Socket } from 'node:net'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { recordsOf, syslogLine } from './records.ts'

export const BODIES = ['ndjson', 'json', 'text', 'gzip', 'zstd'] as const
export type BodyForm = (typeof BODIES)[number]

export interface Posted {
  requests: number
  records: number
  seconds: number
}

const [port = '', form = 'ndjson', size = '1', connections = '1'] = process.argv.slice(2)
if (port) {
  const request = requestOf(form as BodyForm, Number(size))
  let open = 0
  let requests = 0
  let isPosting = false
  const posters = Array.from({ length: Number(connections) }, () => {
    const socket = connect(Number(port), '127.0.0.1', () => {
      socket.setNoDelay()
      if (++open === posters.length) process.send!('connected')
    })
    socket.on('data', answer => {
      if (!answer.toString('latin1').startsWith('HTTP/1.1 200')) throw new Error(answer.toString())
      requests++
      if (isPosting) socket.write(request)
    })
    return socket as Socket
  })
  process.on('message', async (seconds: string) => {
    requests = 0
    isPosting = true
    const start = performance.now()
    for (const socket of posters) socket.write(request)
    setTimeout(() => {
      isPosting = false
      const spent = (performance.now() - start) / 1000
      process.send!({ requests, records: requests * Number(size), seconds: spent } satisfies Posted)
    }, Number(seconds) * 1000)
  })
}

function requestOf(form: BodyForm, size: number): Buffer {
  const lines = linesOf(form, size)
  const text = form === 'json' ? `[${lines.join(',')}]` : `${lines.join('\n')}\n`
  const body = form === 'gzip' ? gzipSync(text) : form === 'zstd' ? zstdCompressSync(text) : Buffer.from(text)
  const type = { json: 'application/json', text: 'text/plain' }[form as string] ?? 'application/x-ndjson'
  const head = [
    'POST / HTTP/1.1',
    'Host: 127.0.0.1',
    'User-Agent: poster',
    `Content-Type: ${type}`,
    `Content-Length: ${body.length}`,
  ]
  if (form === 'gzip' || form === 'zstd') head.push(`Content-Encoding: ${form}`)
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body])
}

function linesOf(form: BodyForm, size: number): string[] {
  if (form === 'text') return Array.from({ length: size }, (_, number) => syslogLine(number))
  const parsed = recordsOf('parsed')
  // As a stranger sends it.
  return Array.from({ length: size }, (_, number) => {
    const { '@meta': _meta, ...fields } = JSON.parse(parsed(number))
    return JSON.stringify(fields)
  })
}
