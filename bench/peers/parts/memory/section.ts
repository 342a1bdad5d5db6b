// What the page says of memory, and of the time from start to ready.
import { count, digits, median, spread } from '../../../support/numbers.ts'
import type { Settings } from '../../part.ts'
import { rsyslog } from '../../rsyslog.ts'
import { isOurs } from '../../shippers.ts'
import { sluice } from '../../sluice.ts'
import type { Memory } from '../../support/memory.ts'
import type { Goal, Section } from '../../support/section.ts'

export const IDLE = 10_000
export const RATE = 40_000
/** One process under load has at most so much more than rsyslog. */
const MORE = 60e6

export interface Run {
  shipper: string
  idle: Memory
  load: Memory
  /** Records that never came to Elasticsearch, though they were sent. */
  lost: number
}

export interface Results {
  settings: Settings
  machine: { [name: string]: string }
  shippers: { [name: string]: string }
  runs: Run[]
  starts: { daemon: string; goal?: number; times: number[] }[]
}

export function writeMemory(results: Results, section: Section): void {
  const { settings, shippers, runs } = results
  section.parameters({
    USS: 'private pages, clean and dirty, of all processes: what would be free without it',
    PSS: 'with a fair share of the pages that it has together with others',
    idle: `${IDLE / 1000} s after ready`,
    load: `the most, looked at five times a second, in ${settings.warm + settings.steady} s at ${count(RATE)} records/s`,
    rounds: `${settings.rounds}; the median, in brackets the least and the most; MB are 1,000,000 bytes`,
    'from start to ready': `${2 * settings.rounds} of each, in turn, with nothing else running; the first line is Node itself, from start to exit`,
    ...results.machine,
    ...shippers,
  })
  writeTable(runs, section)
  section.chart('peers-memory', {
    title: 'Memory of all processes of a shipper (USS, MB)',
    format: megabytes,
    groups: (['idle', 'load'] as const).map(when => ({
      label: when === 'idle' ? 'idle' : `at ${count(RATE)} records/s`,
      bars: namesOf(runs).map(label => ({ label, value: wholeOf(runs, label, when), ours: isOurs(label) })),
    })),
  })
  const ms = digits(0)
  section.table(
    ['', 'from start to ready, ms'],
    results.starts.map(({ daemon, times }) => [daemon, spread(times, ms)]),
  )
  section.goals(goalsOf(results))
}

function writeTable(runs: readonly Run[], section: Section): void {
  const base = { idle: wholeOf(runs, rsyslog.name, 'idle'), load: wholeOf(runs, rsyslog.name, 'load') }
  const rows = namesOf(runs).flatMap(name => {
    const own = runs.filter(run => run.shipper === name)
    const cells = (pick: (memory: Memory) => Memory['whole'] | undefined) =>
      (['idle', 'load'] as const).flatMap(when =>
        (['uss', 'pss'] as const).map(what =>
          spread(
            own.map(run => pick(run[when])?.[what] ?? Number.NaN),
            megabytes,
          ),
        ),
      )
    const multiples = (['idle', 'load'] as const).map(when =>
      digits(2)(wholeOf(runs, name, when) / base[when]),
    )
    const each = own[0]!.idle.processes.map(({ name: process }, n) => [
      process,
      ...cells(memory => memory.processes[n]?.footprint),
      '',
      '',
      '',
    ])
    const lost = count(own.reduce((sum, run) => sum + run.lost, 0))
    return [[name, ...cells(memory => memory.whole), ...multiples, lost], ...(each.length > 1 ? each : [])]
  })
  const kinds = ['idle: USS MB', 'PSS MB', 'load: USS MB', 'PSS MB']
  section.table(['', ...kinds, "idle USS, of rsyslogd's", "load USS, of rsyslogd's", 'lost'], rows)
}

function goalsOf({ runs, starts }: Results): Goal[] {
  const ours = wholeOf(runs, sluice.oneProcess.name, 'load')
  const theirs = wholeOf(runs, rsyslog.name, 'load')
  const memory = {
    what: `${sluice.oneProcess.name}, USS at ${count(RATE)}/s, beyond rsyslogd's`,
    wanted: `<= ${megabytes(MORE)} MB`,
    measured: `${megabytes(ours - theirs)} MB`,
    met: ours - theirs <= MORE,
  }
  const asked = starts.flatMap(({ daemon, goal, times }) =>
    goal === undefined ? [] : [{ daemon, goal, times }],
  )
  const ready = asked.map(({ daemon, goal, times }) => ({
    what: `${daemon}, from start to ready`,
    wanted: `<= ${goal} ms`,
    measured: `${digits(0)(median(times))} ms`,
    met: median(times) <= goal,
  }))
  return Number.isNaN(ours - theirs) ? ready : [memory, ...ready]
}

/** NaN of one that was not measured. */
function wholeOf(runs: readonly Run[], shipper: string, when: 'idle' | 'load'): number {
  const own = runs.filter(run => run.shipper === shipper)
  return own.length === 0 ? Number.NaN : median(own.map(run => run[when].whole.uss))
}

function namesOf(runs: readonly Run[]): string[] {
  return [...new Set(runs.map(run => run.shipper))]
}

export function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
}
