// sluice-map alone: what each kind of step costs, beside reading and writing the records.
import { writeFileSync } from 'node:fs'
import { feedFilter, HEADINGS, inTurn, row } from './support/filter.ts'
import { temporary } from './support/folder.ts'
import { count, digits } from './support/numbers.ts'
import { recordFile } from './support/records.ts'
import type { Report } from './support/report.ts'

const RECORDS = 300_000
const ROUNDS = 3

const STEPS: { readonly [what: string]: readonly string[] } = {
  'reads and writes': ['keep *'],
  'keep severity<=6': ['keep severity<=6'],
  'drop host:db* "out of memory"': ['drop host:db* "out of memory"'],
  rename: ['rename syslog_program program'],
  'drop-fields, two': ['drop-fields timestamp,syslog_priority'],
  'set, a text': ["set env = 'prod'"],
  'set, an expression': ['set origin = host + ":" + syslog_program'],
  'redact, RegExp': [String.raw`redact message /\b\d{13,16}\b/`],
  'redact, RE2': [String.raw`redact message /[\w.+-]+@[\w-]+(\.[\w-]+)+/`],
  hash: ['hash host,syslog_pid'],
  'sample 1/1': ['sample 1/1'],
  throttle: ['throttle 1000000 per 1s by host'],
  'dedupe by two fields': ['dedupe host,message within 10s'],
  'eight of them': [
    'drop severity>=7',
    'rename syslog_program program',
    "set env = 'prod'",
    String.raw`redact message /\b\d{13,16}\b/`,
    'host:db* => drop-fields timestamp',
    'hash syslog_pid',
    'throttle 1000000 per 1s by host',
    'sample 1/1',
  ],
}

export async function measure(report: Report): Promise<void> {
  const { path, bytes } = await recordFile('parsed', RECORDS)
  const key = temporary('map.key')
  writeFileSync(key, 'a secret of more than 16 bytes')
  report.parameters({
    records: `${count(RECORDS)} of ${digits(0)(bytes / RECORDS)} bytes, as the translator makes them`,
    from: 'a file, into /dev/null',
    rounds: `${ROUNDS}, each a process of its own from ready to its end, in turn`,
  })
  const ways = Object.entries(STEPS).map(([what, steps]): [string, () => ReturnType<typeof feedFilter>] => [
    what,
    () =>
      feedFilter('sluice-map', path, RECORDS, [
        '--push-connect',
        'file:///dev/null',
        ...steps.flatMap(step => ['--do', step]),
        ...(steps.some(step => step.startsWith('hash')) ? ['--key-file', key] : []),
      ]),
  ])
  report.table(HEADINGS, (await inTurn(Object.fromEntries(ways), ROUNDS)).map(row))
}
