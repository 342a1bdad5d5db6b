// What the page says of CPU a record: tables with every shipper, a picture, and the goals.
import { count, digits, median, spread } from '../../../support/numbers.ts'
import { MESSAGE_SIZE } from '../../../support/records.ts'
import type { Settings } from '../../part.ts'
import { isOurs } from '../../shippers.ts'
import { sluice } from '../../sluice.ts'
import { JAVA, NICE } from '../../support/elastic.ts'
import type { Goal, Section } from '../../support/section.ts'
import type { Account, Window } from '../../support/trial.ts'

export interface Run {
  shipper: string
  rate: number
  cold: Window
  steady: Window
  account: Account
}

export interface Results {
  settings: Settings
  machine: { [name: string]: string }
  shippers: { [name: string]: string }
  runs: Run[]
  failures: string[]
}

/** At a rate, at most so many times the CPU of the best of the others. */
const GOALS = [
  { shipper: sluice.oneProcess.name, rate: 10_000, most: 0.8 },
  { shipper: sluice.oneProcess.name, rate: 40_000, most: 0.6 },
  { shipper: sluice.plain.name, rate: 40_000, most: 1 },
  { shipper: sluice.acknowledged.name, rate: 40_000, most: 1.25 },
]

export function writeCpu(results: Results, section: Section): void {
  const { settings, shippers, runs, failures } = results
  section.parameters({
    message: `${MESSAGE_SIZE} bytes, RFC 3164, from one sender on the same host`,
    into: `Elasticsearch, ${JAVA.join(' ')}, on the same cores with nice ${NICE}; 1 shard, no replica, refreshed each second, the same mapping for all`,
    cold: `from the start of the process until the records of the first ${settings.cold} s are in Elasticsearch`,
    steady: `${settings.steady} s after ${settings.warm} s, until its records are in Elasticsearch`,
    'CPU time': 'user and system, all processes of a shipper, as the kernel counts it',
    rounds: `${settings.rounds} at each rate, all shippers in turn, each started anew; the median, in brackets the least and the most`,
    ...results.machine,
    ...shippers,
  })
  for (const rate of settings.rates) writeRate(rate, results, section)
  section.chart('peers-cpu', {
    title: 'CPU a record from UDP into Elasticsearch, warm (µs)',
    format: digits(1),
    groups: settings.rates.map(rate => ({ label: `${count(rate)} records/s`, bars: barsOf(rate, runs) })),
  })
  section.goals(goalsOf(runs))
  for (const failure of failures) section.note(`- not counted: ${failure}`)
}

function writeRate(rate: number, { runs }: Results, section: Section): void {
  const best = bestPeer(rate, runs)
  const micro = (windows: Window[], cpu: 'cpu' | 'elasticsearch' = 'cpu') =>
    spread(
      windows.map(window => window[cpu]),
      digits(1),
    )
  const rows = namesOf(runs).map(name => {
    const own = ofShipper(name, rate, runs)
    const steady = own.map(run => run.steady)
    const sum = (what: 'sent' | 'lost' | 'repeated' | 'kernelDropped') =>
      count(own.reduce((total, { account }) => total + account[what], 0))
    return [
      name,
      micro(steady),
      best ? digits(2)(steadyCpu(name, rate, runs) / best.cpu) : '-',
      micro(own.map(run => run.cold)),
      micro(steady, 'elasticsearch'),
      digits(1)(median(own.map(run => run.steady.seconds))),
      sum('sent'),
      sum('lost'),
      sum('kernelDropped'),
      sum('repeated'),
      count(median(own.map(({ account }) => account.bufferGranted))),
    ]
  })
  const head = [
    'steady: CPU µs a record',
    'of the best peer',
    'cold',
    'of Elasticsearch',
    'seconds to the last',
  ]
  const books = ['sent', 'lost', 'of them by the kernel', 'repeated', 'receive buffer']
  section.table([`${count(rate)} records/s`, ...head, ...books], rows)
}

function goalsOf(runs: readonly Run[]): Goal[] {
  return GOALS.flatMap(({ shipper, rate, most }) => {
    const best = bestPeer(rate, runs)
    if (!best || ofShipper(shipper, rate, runs).length === 0) return []
    const ratio = steadyCpu(shipper, rate, runs) / best.cpu
    const what = `${shipper}, CPU at ${count(rate)}/s, of the best peer's (${best.name})`
    return { what, wanted: `<= ${most}`, measured: digits(2)(ratio), met: ratio <= most }
  })
}

function bestPeer(rate: number, runs: readonly Run[]): { name: string; cpu: number } | undefined {
  const peers = namesOf(runs).filter(name => !isOurs(name) && ofShipper(name, rate, runs).length > 0)
  const all = peers.map(name => ({ name, cpu: steadyCpu(name, rate, runs) }))
  return all.sort((a, b) => a.cpu - b.cpu)[0]
}

function barsOf(rate: number, runs: readonly Run[]) {
  const present = namesOf(runs).filter(name => ofShipper(name, rate, runs).length > 0)
  return present.map(name => {
    const values = ofShipper(name, rate, runs).map(run => run.steady.cpu)
    const [least, most] = [Math.min(...values), Math.max(...values)]
    return { label: name, value: median(values), least, most, ours: isOurs(name) }
  })
}

function steadyCpu(shipper: string, rate: number, runs: readonly Run[]): number {
  return median(ofShipper(shipper, rate, runs).map(run => run.steady.cpu))
}

function ofShipper(shipper: string, rate: number, runs: readonly Run[]): Run[] {
  return runs.filter(run => run.shipper === shipper && run.rate === rate)
}

function namesOf(runs: readonly Run[]): string[] {
  return [...new Set(runs.map(run => run.shipper))]
}
