// What is sent: the same numbered message everywhere, bare, as the bridge sends it on, and as the translator does.
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { createMint } from '../../src/lib/id.ts'
import { createParseInto } from '../../src/lib/syslog/index.ts'
import { temporary } from './folder.ts'

/** Bytes of a message. */
export const MESSAGE_SIZE = 180

/** A message of RFC 3164 with its number in it, as bench/blast.c sends it. */
export function syslogLine(number: number, size = MESSAGE_SIZE): string {
  const second = String(Math.floor(number / 10_000) % 60).padStart(2, '0')
  const line =
    `<86>Oct 11 22:14:${second} web${number % 9}.example.org sshd[${1000 + (number % 8999)}]: ` +
    `#${String(number).padStart(9, '0')} Failed password for invalid user admin from 192.0.2.${number % 250} ` +
    `port ${40_000 + (number % 20_000)} ssh2 `
  return line.padEnd(size, '.')
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
