// sluice-route alone: what sorting costs, beside reading and writing the records.
import { symlinkSync } from 'node:fs'
import { feedFilter, HEADINGS, inTurn, row } from './support/filter.ts'
import { temporary } from './support/folder.ts'
import { count, digits } from './support/numbers.ts'
import { recordFile } from './support/records.ts'
import type { Report } from './support/report.ts'

const RECORDS = 300_000
const ROUNDS = 3

export async function measure(report: Report): Promise<void> {
  const { path, bytes } = await recordFile('parsed', RECORDS)
  const places = ['a', 'b', 'c'].map(name => {
    const place = temporary(`null-${name}`)
    symlinkSync('/dev/null', place)
    return `file://${place}`
  })
  const [a, b, c] = places
  report.parameters({
    records: `${count(RECORDS)} of ${digits(0)(bytes / RECORDS)} bytes, as the translator makes them, of nine hosts`,
    from: 'a file, into links to /dev/null',
    rounds: `${ROUNDS}, each a process of its own from ready to its end, in turn`,
  })
  const route = (...args: string[]) => feedFilter('sluice-route', path, RECORDS, args)
  const to = (...rules: string[]) => rules.flatMap(rule => ['--to', rule])
  const ways = {
    'all to one': () => route(...to(`* => ${a}`)),
    'severity<=3, the rest': () => route(...to(`severity<=3 => ${a}`, `* => ${b}`)),
    'by host to three': () => route(...to(`host:web1* => ${a}`, `host:web2* => ${b}`, `* => ${c}`)),
    '--all, to two': () => route('--all', ...to(`* => ${a}`, `* => ${b}`)),
    'one of them with a spool': () =>
      route(...to(`host:web1* => ${a}`, `* => ${b}?spool=${temporary('route-spool')}`)),
  }
  report.table(HEADINGS, (await inTurn(ways, ROUNDS)).map(row))
}
