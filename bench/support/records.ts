// What is sent: the same numbered message everywhere, bare, as the bridge sends it on, and as the translator does.
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { createMint } from '../../src/lib/id.ts'
import { createParseInto } from '../../src/lib/syslog/index.ts'
import { temporary } from './folder.ts'

/** Bytes of a message. */
export const MESSAGE_SIZE = 180

/** A message of RFC 3164 with its number in it, as bench/blast.c sends it; a smaller size cuts it off. */
export function syslogLine(number: number, size = MESSAGE_SIZE): string {
  const head = `<86>Oct 11 22:14:${secondOf(number)} web${number % 9}.example.org sshd[${1000 + (number % 8999)}]: `
  return (head + contentOf(number)).padEnd(size, '.').slice(0, size)
}

/** An event as JSON, as bench/blast.c sends it. */
export function eventLine(number: number, size = MESSAGE_SIZE): string {
  const head =
    `{"type":"pageview","time":"2026-10-11T22:14:${secondOf(number)}.003Z","app":"shop","data":{"account":"acme${number % 9}",` +
    `"number":${100_000_000 + number},"bot":false,"path":"/${40_000 + (number % 20_000)}/`
  return `${head.padEnd(size - 3, '.')}"}}`
}

/** Returns the function that makes the same as RFC 5424, with so many parameters of structured data. */
export function structuredLine(fields: number): (number: number, size: number) => string {
  return (number, size) => {
    const parameters = Array.from({ length: fields }, (_, n) => ` key${n}="value ${(number + n) % 100}"`)
    const data = fields === 0 ? '-' : `[sshd@32473${parameters.join('')}]`
    const head =
      `<86>1 2026-10-11T22:14:${secondOf(number)}.003Z web${number % 9}.example.org sshd ` +
      `${1000 + (number % 8999)} login ${data} `
    return (head + contentOf(number)).padEnd(size, '.').slice(0, size)
  }
}

function secondOf(number: number): string {
  return String(Math.floor(number / 10_000) % 60).padStart(2, '0')
}

function contentOf(number: number): string {
  return (
    `#${String(number).padStart(9, '0')} Failed password for invalid user admin from 192.0.2.${number % 250} ` +
    `port ${40_000 + (number % 20_000)} ssh2 `
  )
}

/** Returns the function that makes a line of NDJSON of a number. */
export function recordsOf(form: 'text' | 'received' | 'parsed'): (number: number) => string {
  if (form === 'text') return syslogLine
  const mint = createMint()
  const received = Date.UTC(2026, 9, 11, 20, 14, 15, 250)
  const record = (number: number) => ({
    '@meta': { id: mint(), received, peer: '127.0.0.1:43210' },
    message: syslogLine(number),
  })
  if (form === 'received') return number => JSON.stringify(record(number))
  const parseInto = createParseInto({ schema: 'classic', timezone: 'UTC' })
  return number => {
    const { message, '@meta': meta } = record(number)
    return JSON.stringify(parseInto({ '@meta': meta }, message, received))
  }
}

/** A file of `records` lines. Returns its path and its bytes. */
export async function recordFile(
  form: 'text' | 'received' | 'parsed',
  records: number,
): Promise<{ path: string; bytes: number }> {
  const path = temporary(`${form}-${records}.ndjson`)
  const line = recordsOf(form)
  const file = createWriteStream(path)
  for (let number = 0; number < records; ) {
    let lines = ''
    for (const end = Math.min(number + 1000, records); number < end; number++) lines += `${line(number)}\n`
    if (!file.write(lines)) await once(file, 'drain')
  }
  file.end()
  await once(file, 'close')
  return { path, bytes: file.bytesWritten }
}
