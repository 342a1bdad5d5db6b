// How fast Elasticsearch takes documents at all, and how fast sluice-elasticsearch gives it the same.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { feedSink } from '../../sink.ts'
import { machine } from '../../support/machine.ts'
import { count, digits, median, spread } from '../../support/numbers.ts'
import { packageFolder } from '../../support/package.ts'
import { recordFile } from '../../support/records.ts'
import { part } from '../part.ts'
import { bulkBodies, sendBodies } from '../support/bulk.ts'
import { Elastic, JAVA } from '../support/elastic.ts'
import { progress } from '../support/progress.ts'
import { Seen } from '../support/seen.ts'

const RECORDS = 600_000
/** So many are not counted: whoever sends has just been started. */
const FIRST = RECORDS / 10
/** Milliseconds. */
const LOOK_EVERY = 50
/** Rounds that are not counted: Elasticsearch compiles itself, and takes longer for that with one core. */
const WARM_UP = { shared: 1, own: 2 } as const
const MEBIBYTE = 2 ** 20
/** MiB of a body. */
const SIZES = [1, 5]
const ALONE = SIZES.flatMap(size => [1, 2, 4].map(concurrency => ({ size, concurrency })))
const OURS = 'sluice-elasticsearch, from a file'
const GOAL = 0.95

/** Who sends and Elasticsearch take the CPU from each other, or each has a core. */
const CORES = { shared: 'both on all cores', own: 'a core for each' } as const
type Cores = keyof typeof CORES

interface Run extends Sent {
  cores: Cores
}

interface Sent {
  way: string
  rate: number
  lost: number
}

interface Results {
  machine: { [name: string]: string }
  runs: Run[]
}

export default part<Results>({
  async measure({ rounds }, keep) {
    const results: Results = { machine: machine(), runs: [] }
    const { path } = await recordFile('parsed', RECORDS)
    const bodies = new Map(SIZES.map(size => [size, bulkBodies(RECORDS, size * MEBIBYTE)]))
    const all = coresOf(process.pid)
    for (const cores of ['shared', 'own'] as const) {
      const elastic = await Elastic.start()
      try {
        if (cores === 'own') {
          for (const pid of elastic.pids()) pin(pid, '0')
          pin(process.pid, '1')
        }
        for (let round = 0; round < WARM_UP[cores] + rounds; round++) {
          const ways = [
            ...ALONE.map(way => () => elasticAlone(elastic, bodies.get(way.size)!, way)),
            () => throughSluice(elastic, path, cores),
          ]
          // The other way round each time: Elasticsearch still has to do with what came before.
          for (const run of round % 2 === 0 ? ways : ways.reverse()) {
            const sent = await run()
            if (round >= WARM_UP[cores]) results.runs.push({ cores, ...sent })
          }
          keep(results)
        }
      } finally {
        pin(process.pid, all)
        await elastic.stop()
      }
    }
    return results
  },

  write({ machine, runs }, section) {
    section.parameters({
      documents: `${count(RECORDS)} a run, those that Sluice makes of syslog of 180 bytes, under ids of their own`,
      Elasticsearch: `${JAVA.join(' ')}, an index for each run, with the mapping of the part cpu`,
      limit:
        'bulk requests that were made before, sent by node:http and not looked into; the best of sizes and concurrency',
      Sluice: 'the same documents, read from a file of records by a process that was just started',
      rate: `by Elasticsearch's own counter, from the first ${count(FIRST)} until all are written`,
      order: `in turn, the other way round each time, after ${WARM_UP.shared} and ${WARM_UP.own} rounds that do not count`,
      'of the limit':
        'in each round Sluice beside the way that is the best by the median; of these the median',
      ...machine,
    })
    const ways = [...ALONE.map(nameOf), OURS]
    const setups = Object.keys(CORES) as Cores[]
    const ratesOf = (way: string, cores: Cores) =>
      runs.filter(run => run.way === way && run.cores === cores).map(({ rate }) => rate)
    const rate = (way: string, cores: Cores) => median(ratesOf(way, cores))
    section.table(
      ['', ...setups.map(cores => `records/s, ${CORES[cores]}`), 'lost'],
      ways.map(way => [
        way,
        ...setups.map(cores => spread(ratesOf(way, cores))),
        count(runs.filter(run => run.way === way).reduce((sum, run) => sum + run.lost, 0)),
      ]),
    )
    section.chart('peers-limit', {
      title: 'Documents a second into one Elasticsearch',
      format: count,
      groups: setups.map(cores => ({
        label: CORES[cores],
        bars: ways.map(label => ({ label, value: rate(label, cores), ours: label === OURS })),
      })),
    })
    section.goals(
      setups.map(cores => {
        const best = ways.filter(way => way !== OURS).toSorted((a, b) => rate(b, cores) - rate(a, cores))[0]!
        const limits = ratesOf(best, cores)
        const ratios = ratesOf(OURS, cores).map((rate, round) => rate / limits[round]!)
        const ratio = median(ratios)
        return {
          what: `sluice-elasticsearch, of Elasticsearch's own limit, ${CORES[cores]}`,
          wanted: `>= ${GOAL}`,
          measured: spread(ratios, digits(2)),
          met: ratio >= GOAL,
        }
      }),
    )
  },
})

/** All threads that it has, and so all that they start. */
function pin(pid: number, cores: string): void {
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', cores, String(pid)])
}

/** As taskset takes them: `0-3,5`. */
function coresOf(pid: number): string {
  const [, list = ''] = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return list
}

function nameOf({ size, concurrency }: (typeof ALONE)[number]): string {
  return `bulk of ${size} MiB, ${concurrency} at a time`
}

async function elasticAlone(
  elastic: Elastic,
  bodies: readonly Buffer[],
  way: (typeof ALONE)[number],
): Promise<Sent> {
  const index = await elastic.createIndex()
  const sending = sendBodies(`${elastic.url}/${index}`, bodies, way.concurrency)
  return runOf(nameOf(way), elastic, index, sending)
}

async function throughSluice(elastic: Elastic, path: string, cores: Cores): Promise<Sent> {
  const index = await elastic.createIndex()
  const options = {
    home: packageFolder(),
    env: { SLUICE_LOG_LEVEL: 'info' },
    flags: ['--template', 'off'],
    ...(cores === 'own' && { core: 1 }),
  }
  return runOf(OURS, elastic, index, feedSink(path, RECORDS, elastic.url, index, options))
}

async function runOf(way: string, elastic: Elastic, index: string, sending: Promise<unknown>): Promise<Sent> {
  const [rate] = await Promise.all([rateOf(elastic, index, sending), sending])
  const seen = new Seen(0, RECORDS)
  await elastic.read(index, seen)
  await elastic.delete(index)
  const { lost } = seen.missed
  progress(`limit: ${way}: ${count(rate)}/s, lost ${lost}`)
  return { way, rate, lost }
}

/** Documents a second, without the first ones. */
async function rateOf(elastic: Elastic, index: string, sending: Promise<unknown>): Promise<number> {
  let ended = false
  const end = () => {
    ended = true
  }
  sending.then(end, end)
  for (let first: { written: number; at: number } | undefined; ; await wait(LOOK_EVERY)) {
    const last = ended
    const written = await elastic.written(index)
    const at = performance.now()
    if (written >= FIRST) first ??= { written, at }
    if (first && (last || written >= RECORDS)) return ((written - first.written) / (at - first.at)) * 1000
    if (last && !first) throw new Error(`only ${count(written)} of ${count(RECORDS)} documents were written`)
  }
}
