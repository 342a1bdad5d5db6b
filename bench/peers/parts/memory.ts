// Memory of each shipper, idle and at most under load, and how soon each daemon of Sluice is ready.
import { setTimeout as sleep } from 'node:timers/promises'
import { startTime } from '../../start.ts'
import { lonely } from '../../support/lonely.ts'
import { machine } from '../../support/machine.ts'
import { count, digits, median, spread } from '../../support/numbers.ts'
import { packageFolder } from '../../support/package.ts'
import { part, type Settings } from '../part.ts'
import { rsyslog } from '../rsyslog.ts'
import { isOurs, shippersHere } from '../shippers.ts'
import { sluice } from '../sluice.ts'
import { Elastic } from '../support/elastic.ts'
import { type Memory, memoryNow, mostMemory } from '../support/memory.ts'
import { progress } from '../support/progress.ts'
import type { Goal, Section } from '../support/section.ts'
import { Trial } from '../support/trial.ts'

const IDLE = 10_000
const RATE = 40_000
/** One process under load has at most so much more than rsyslog. */
const MORE = 60e6

interface Run {
  shipper: string
  idle: Memory
  load: Memory
}

interface Results {
  settings: Settings
  machine: { [name: string]: string }
  shippers: { [name: string]: string }
  runs: Run[]
  starts: { daemon: string; goal: number; times: number[] }[]
}

export default part<Results>({
  async measure(settings, keep) {
    const { shippers, notes } = await shippersHere(settings)
    const results: Results = { settings, machine: machine(), shippers: notes, runs: [], starts: [] }
    const elastic = await Elastic.start()
    try {
      for (let round = 0; round < settings.rounds; round++) {
        for (const shipper of shippers) {
          const trial = await Trial.start(shipper, elastic)
          const { pids, stop } = trial.started
          try {
            await sleep(IDLE)
            const idle = memoryNow(pids())
            const load = await mostMemory(pids, () => trial.window(RATE, settings.warm + settings.steady))
            await trial.finish()
            results.runs.push({ shipper: shipper.name, idle, load })
            progress(
              `memory: ${shipper.name.padEnd(40)}${megabytes(idle.whole.uss)}, ${megabytes(load.whole.uss)} MB`,
            )
          } finally {
            await stop()
          }
        }
        keep(results)
      }
      results.starts = await measureStarts(elastic.url, settings.rounds)
    } finally {
      await elastic.stop()
    }
    return results
  },

  write(results, section) {
    const { settings, shippers, runs } = results
    section.parameters({
      USS: 'private pages, clean and dirty, of all processes: what would be free without it',
      PSS: 'with a fair share of the pages that it has together with others',
      idle: `${IDLE / 1000} s after ready`,
      load: `the most, looked at five times a second, in ${settings.warm + settings.steady} s at ${count(RATE)} records/s`,
      rounds: `${settings.rounds}; the median, in brackets the least and the most; MB are 1,000,000 bytes`,
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
      ['Sluice', 'from start to ready, ms'],
      results.starts.map(({ daemon, times }) => [daemon, spread(times, ms)]),
    )
    section.goals(goalsOf(results))
  },
})

async function measureStarts(url: string, rounds: number): Promise<Results['starts']> {
  const home = packageFolder()
  const starts = lonely(url).map(daemon => ({ daemon, times: [] as number[] }))
  for (let round = 0; round <= 2 * rounds; round++) {
    for (const { daemon, times } of starts) {
      const time = await startTime(daemon, home)
      // The first one reads files that nobody has read for a while.
      if (round > 0) times.push(time)
    }
  }
  return starts.map(({ daemon, times }) => ({ daemon: daemon.name, goal: daemon.goals.start, times }))
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
    const each = own[0]!.idle.processes.map((_, n) => [
      `process ${n + 1}`,
      ...cells(memory => memory.processes[n]?.footprint),
      '',
      '',
    ])
    return [[name, ...cells(memory => memory.whole), ...multiples], ...(each.length > 1 ? each : [])]
  })
  const kinds = ['idle: USS MB', 'PSS MB', 'load: USS MB', 'PSS MB']
  section.table(['', ...kinds, "idle USS, of rsyslogd's", "load USS, of rsyslogd's"], rows)
  section.note('Processes of three daemons: sluice-elasticsearch, sluice-syslog-json, sluice-syslog-udp.\n')
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
  const ready = starts.map(({ daemon, goal, times }) => ({
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

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
}
