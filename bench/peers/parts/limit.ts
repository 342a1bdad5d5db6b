// How fast Elasticsearch takes documents at all, and how fast sluice-elasticsearch gives it the same.
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

const RECORDS = 300_000
const MEBIBYTE = 2 ** 20
const SIZES = [1, 5]
const CONCURRENCY = [1, 2, 4]
const OURS = 'sluice-elasticsearch, from a file'
const GOAL = 0.95

interface Run {
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
    const elastic = await Elastic.start()
    try {
      for (let round = 0; round <= rounds; round++) {
        const runs = [...(await elasticAlone(elastic, bodies)), await throughSluice(elastic, path)]
        // In the first round Elasticsearch warms up.
        if (round > 0) results.runs.push(...runs)
        keep(results)
      }
    } finally {
      await elastic.stop()
    }
    return results
  },

  write({ machine, runs }, section) {
    section.parameters({
      documents: `${count(RECORDS)} a run, those that Sluice makes of syslog of 180 bytes, under ids of their own`,
      Elasticsearch: `${JAVA.join(' ')}, an index for each run, with the mapping of the part cpu`,
      limit:
        'bulk requests that were made before, sent by node:http and not looked into; the best of sizes and concurrency',
      Sluice: 'the same documents, read from a file of records, from ready until the process has ended',
      ...machine,
    })
    const ways = [...new Set(runs.map(run => run.way))]
    const own = (way: string) => runs.filter(run => run.way === way)
    const rate = (way: string) => median(own(way).map(run => run.rate))
    section.table(
      ['', 'records/s', 'lost'],
      ways.map(way => [
        way,
        spread(own(way).map(run => run.rate)),
        count(own(way).reduce((sum, run) => sum + run.lost, 0)),
      ]),
    )
    const best = Math.max(...ways.filter(way => way !== OURS).map(rate))
    section.chart('peers-limit', {
      title: 'Documents a second into one Elasticsearch',
      format: count,
      groups: [{ label: '', bars: ways.map(label => ({ label, value: rate(label), ours: label === OURS })) }],
    })
    section.goals([
      {
        what: "sluice-elasticsearch, of Elasticsearch's own limit",
        wanted: `>= ${GOAL}`,
        measured: digits(2)(rate(OURS) / best),
        met: rate(OURS) / best >= GOAL,
      },
    ])
  },
})

async function elasticAlone(elastic: Elastic, bodies: ReadonlyMap<number, Buffer[]>): Promise<Run[]> {
  const runs: Run[] = []
  for (const [size, ready] of bodies) {
    for (const concurrency of CONCURRENCY) {
      const index = await elastic.createIndex()
      const seconds = await sendBodies(`${elastic.url}/${index}`, ready, concurrency)
      const way = `bulk of ${size} MiB, ${concurrency} at a time`
      runs.push(await runOf(way, RECORDS / seconds, elastic, index))
    }
  }
  return runs
}

async function throughSluice(elastic: Elastic, path: string): Promise<Run> {
  const index = await elastic.createIndex()
  const options = { home: packageFolder(), env: { SLUICE_LOG_LEVEL: 'info' }, flags: ['--template', 'off'] }
  const { rate } = await feedSink(path, RECORDS, elastic.url, index, options)
  return runOf(OURS, rate, elastic, index)
}

async function runOf(way: string, rate: number, elastic: Elastic, index: string): Promise<Run> {
  const seen = new Seen(0, RECORDS)
  await elastic.read(index, seen)
  await elastic.delete(index)
  const { lost } = seen.missed
  progress(`limit: ${way}: ${count(rate)}/s, lost ${lost}`)
  return { way, rate, lost }
}
