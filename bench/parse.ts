// How fast sluice-parse takes texts apart: lines a second of CPU time on one core, by format; the same with JSON.parse in front
// and JSON.stringify behind, as in a daemon.
// node bench/parse.ts

import { createParseRecord, type RecordOptions } from '../src/daemons/parse/parse-record.ts'
import { createTools, type FormatOptions } from '../src/daemons/parse/tools.ts'
import type { LogRecord } from '../src/lib/index.ts'

const ROUNDS = 7
const ROUND_MS = 300
const RECEIVED = Date.UTC(2026, 9, 11, 22, 14, 15, 250)

const lines = (write: (n: number, second: string) => string) =>
  Array.from({ length: 1000 }, (_, n) => write(n, String(10 + Math.floor(n / 100))))

const agent =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36'
const combined = lines(
  (n, s) =>
    `203.0.113.${n % 250} - - [11/Oct/2026:22:14:${s} +0200] "GET /shop/item-${n}?page=${n % 9} HTTP/1.1" 200 ${2000 + n} "https://www.example.org/shop" "${agent}"`,
)
const message = (n: number) =>
  `Failed password for invalid user admin from 192.0.2.${n % 250} port ${40_000 + n} ssh2`
const classic = lines((n, s) => `~4|6|Oct 11 22:14:${s}| ${message(n)}`)
const file = lines((n, s) => `Oct 11 22:14:${s} web${n % 9} sshd[${n + 1}]: ${message(n)}`)
const program = lines(
  (n, s) =>
    `2026-10-11 22:14:${s},${100 + (n % 900)} INFO [worker-${n % 8}] org.example.shop.Cart - order ${n} of user ${n % 99} done in ${n % 77} ms`,
)

interface Case {
  texts: string[]
  flags: Partial<FormatOptions> & { timeField?: string; prefix?: string }
}

const cases: { [name: string]: Case } = {
  combined: { texts: combined, flags: { as: 'combined' } },
  'combined, ECS': { texts: combined, flags: { as: 'combined', schema: 'ecs' } },
  'grok %{COMBINEDAPACHELOG}': { texts: combined, flags: { as: 'grok', pattern: ['%{COMBINEDAPACHELOG}'] } },
  'delimited, 4 fields, time': {
    texts: classic,
    flags: {
      as: 'delimited',
      prefix: '~',
      fields: 'facility:int,severity:int,timestamp,message',
      timeField: 'timestamp',
    },
  },
  'csv, 8 fields': {
    texts: lines(
      (n, s) => `2026-10-11T22:14:${s}Z,web${n},GET,/item/${n},200,${n},"a ""quoted"" text",${agent}`,
    ),
    flags: { as: 'csv', fields: 'at,host,method,path,status:int,bytes:int,note,agent' },
  },
  'kv, 8 pairs': {
    texts: lines(
      (n, s) =>
        `time=2026-10-11T22:14:${s}Z level=info msg="order ${n} done" user=u${n} path=/item/${n} status=200 bytes=${n} took=0.0${n}`,
    ),
    flags: { as: 'kv', types: 'status=int,bytes=int,took=float' },
  },
  'json, 8 fields': {
    texts: lines((n, s) =>
      JSON.stringify({
        ...{ time: `2026-10-11T22:14:${s}Z`, level: 'info', msg: `order ${n} done`, user: `u${n}` },
        ...{ http: { path: `/item/${n}`, status: 200 }, bytes: n, took: n / 1000, tags: ['shop', 'cart'] },
      }),
    ),
    flags: { as: 'json', timeField: 'time' },
  },
  'grok %{SYSLOGLINE}': { texts: file, flags: { as: 'grok', pattern: ['%{SYSLOGLINE}'] } },
  'grok, a line of log4j': {
    texts: program,
    flags: {
      as: 'grok',
      pattern: [
        '%{TIMESTAMP_ISO8601:at} %{LOGLEVEL:level} \\[%{DATA:thread}\\] %{JAVACLASS:class} - %{GREEDYDATA:message}',
      ],
    },
  },
  'regex, in the middle of a text': {
    texts: file,
    flags: { as: 'regex', pattern: ['Failed password for (?:invalid user )?(?<user>\\S+) from (?<ip>\\S+)'] },
  },
  'regex, that only RE2 takes': {
    texts: program,
    flags: { as: 'regex', pattern: ['(?<at>.*?) (?<level>[A-Z]+) .*user (?<user>\\d+).* (?<took>\\d+) ms'] },
  },
  'grok, no match': { texts: program, flags: { as: 'grok', pattern: ['%{COMBINEDAPACHELOG}'] } },
}

const DEFAULTS: FormatOptions & RecordOptions = {
  ...{ fields: undefined, delimiter: undefined, pattern: [], patterns: [], pairSeparator: undefined },
  ...{ valueSeparator: '=', trim: false, types: undefined, timeFormat: ['auto'], timezone: 'Europe/Berlin' },
  ...{
    as: 'json',
    schema: 'classic',
    field: 'message',
    remove: true,
    into: undefined,
    conflict: 'overwrite',
  },
  ...{ prefix: undefined, timeField: undefined },
}

/** The best of some rounds: what the code can do; the rest is the machine. */
function linesPerSecond(run: () => number): number {
  let best = 0
  for (let round = 0; round < ROUNDS; round++) {
    const [start, before] = [performance.now(), process.cpuUsage()]
    let done = 0
    while (performance.now() - start < ROUND_MS) done += run()
    const { user, system } = process.cpuUsage(before)
    best = Math.max(best, (done / (user + system)) * 1e6)
  }
  return best
}

const count = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
console.log(`sluice-parse: Node ${process.version}, best of ${ROUNDS} rounds of ${ROUND_MS} ms, --remove`)
console.log(`  ${'lines a second of CPU'.padEnd(34)} ${'alone'.padStart(12)} ${'with JSON'.padStart(12)}`)
for (const [name, { texts, flags }] of Object.entries(cases)) {
  const options = { ...DEFAULTS, ...flags }
  const parse = createParseRecord(options, createTools(options), () => {})
  const meta = { id: '1m7ybapbt99g4n3hx0000', received: RECEIVED, peer: '192.0.2.1:514' }
  const records = texts.map(text => JSON.stringify({ '@meta': meta, message: text }))
  const alone = linesPerSecond(() => {
    for (const text of texts) parse({ '@meta': meta, message: text })
    return texts.length
  })
  const whole = linesPerSecond(() => {
    for (const record of records) JSON.stringify(parse(JSON.parse(record) as LogRecord))
    return records.length
  })
  console.log(`  ${name.padEnd(34)} ${count.format(alone).padStart(12)} ${count.format(whole).padStart(12)}`)
}
