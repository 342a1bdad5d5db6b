// How fast the syslog parser is: records a second for what is usual, milliseconds for what is hostile.
// node bench/syslog-parse.ts [schema]

import { createParseInto, createParser, type SchemaName } from '../src/lib/syslog/index.ts'

const schema = (process.argv[2] ?? 'classic') as SchemaName
const ROUNDS = 7
const ROUND_MS = 300
const RECEIVED = Date.UTC(2026, 9, 11, 22, 14, 15, 250)
const LENGTH = 64 * 1024

/** Messages of ten seconds from a few hosts, 180 characters each. */
function series(line: (second: string, n: number) => string): string[] {
  return Array.from({ length: 1000 }, (_, n) => {
    const message = line(String(10 + Math.floor(n / 100)), n)
    return message + '.'.repeat(Math.max(0, 180 - message.length))
  })
}

const text = (n: number) =>
  `Failed password for invalid user admin from 192.0.2.${n % 250} port ${40_000 + n} ssh2`
const sd = '[origin ip="192.0.2.7" software="sshd"][meta sequenceId="29" sysUpTime="18"]'

const usual = {
  'RFC 3164': series((s, n) => `<86>Oct 11 22:14:${s} web${n % 9}.example.org sshd[${n}]: ${text(n)}`),
  'RFC 3164, RFC 3339 time': series(
    (s, n) => `<86>2026-10-11T22:14:${s}.${100_000 + n}+02:00 web${n % 9} sshd[${n}]: ${text(n)}`,
  ),
  'RFC 5424': series(
    (s, n) => `<86>1 2026-10-11T22:14:${s}.${100_000 + n}Z web${n % 9}.example.org sshd ${n} - - ${text(n)}`,
  ),
  'RFC 5424, structured data': series(
    (s, n) => `<86>1 2026-10-11T22:14:${s}.${100_000 + n}Z web${n % 9} sshd ${n} login ${sd} ${text(n)}`,
  ),
  'PRI only': series((_, n) => `<86>${text(n)}`),
  'no PRI': series((_, n) => text(n)),
}

const numbers = Array.from({ length: 20_000 }, (_, n) => n)
const header = '<34>1 - - - - - '
const hostile = {
  brackets: header + '['.repeat(LENGTH),
  quotes: `${header}[a b="${'"'.repeat(LENGTH)}`,
  backslashes: `${header}[a b="${'\\'.repeat(LENGTH)}`,
  'escaped quotes': `${header}[a b="${'\\"'.repeat(LENGTH / 2)}"]`,
  spaces: `${header}[a${' '.repeat(LENGTH)}`,
  '20,000 parameters': `${header}[a ${numbers.map(n => `p${n}="${n}"`).join(' ')}]`,
  '20,000 times one parameter': `${header}[a ${'p="1" '.repeat(20_000)}]`,
  '20,000 numbered parameters': `${header}[a ${numbers.map(n => `${20_000 - n}="1"`).join(' ')}]`,
  '20,000 elements': header + numbers.map(n => `[e${n}]`).join(''),
  'digits for a fraction': `<34>1 2026-10-11T22:14:15.${'1'.repeat(LENGTH)}Z - - - - -`,
  'digits for a PRI': `<${'1'.repeat(LENGTH)}`,
  'a long tag': `<34>Oct 11 22:14:15 web1 ${'t'.repeat(LENGTH)}: x`,
  'a long host': `<34>Oct 11 22:14:15 ${'h'.repeat(LENGTH)} x: y`,
  colons: `<34>Oct 11 22:14:15 ${':'.repeat(LENGTH)}`,
  'line ends': `<34>${'\r\n'.repeat(LENGTH / 2)}`,
  NULs: '\0'.repeat(LENGTH),
}

/** The best of some rounds: what the code can do; the rest is the machine. */
function recordsPerSecond(messages: string[], parse: (message: string) => void): number {
  let best = 0
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now()
    let records = 0
    while (performance.now() - start < ROUND_MS) {
      for (const message of messages) parse(message)
      records += messages.length
    }
    best = Math.max(best, (records / (performance.now() - start)) * 1000)
  }
  return best
}

function print(name: string, value: string): void {
  console.log(`  ${name.padEnd(32)} ${value.padStart(14)}`)
}

const count = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const parser = createParser({ schema, timezone: 'Europe/Berlin' })
const parseInto = createParseInto({ schema, timezone: 'Europe/Berlin' })

console.log(
  `syslog parser: schema ${schema}, Node ${process.version}, best of ${ROUNDS} rounds of ${ROUND_MS} ms`,
)
console.log('records/s')
for (const [name, messages] of Object.entries(usual)) {
  print(name, count.format(recordsPerSecond(messages, message => parser(message, RECEIVED))))
}

console.log('records/s with JSON.parse before and JSON.stringify behind, as in a daemon')
for (const [name, messages] of Object.entries(usual)) {
  const lines = messages.map((message, n) =>
    JSON.stringify({
      '@meta': { id: `01K7A2B3C4D5E6F7G8H9J0K${n}`, received: RECEIVED, peer: '192.0.2.1:514' },
      message,
    }),
  )
  const rate = recordsPerSecond(lines, line => {
    const record = JSON.parse(line)
    JSON.stringify(parseInto({ '@meta': record['@meta'] }, record.message, record['@meta'].received))
  })
  print(name, count.format(rate))
}

console.log(`ms, texts of ${LENGTH / 1024} KiB and more`)
for (const [name, message] of Object.entries(hostile)) {
  print(name, (1000 / recordsPerSecond([message], text => parser(text, RECEIVED))).toFixed(3))
}
