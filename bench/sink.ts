// sluice-elasticsearch alone, fed from a file: into a server that stores nothing, and into a real one.
import { startElasticsearch } from '../test/servers/elasticsearch.ts'
import { Helper } from './support/children.ts'
import { ELASTICSEARCH } from './support/machine.ts'
import type { Stored } from './support/null-bulk.ts'
import { count, digits, spread } from './support/numbers.ts'
import { cpuSeconds, followCpu } from './support/proc.ts'
import { Program, type ProgramOptions } from './support/program.ts'
import { recordFile } from './support/records.ts'
import type { Report } from './support/report.ts'

const RECORDS = { null: 500_000, real: 300_000 }
const ROUNDS = { null: 5, real: 3 }
const JAVA = ['-Xms2g', '-Xmx2g']

interface Round {
  rate: number
  cpu: number
  stored: number
}

export async function measure(report: Report): Promise<void> {
  const forNull = await recordFile('parsed', RECORDS.null)
  const forReal = await recordFile('parsed', RECORDS.real)
  report.parameters({
    record: `${digits(0)(forNull.bytes / RECORDS.null)} bytes, as the translator makes them`,
    'null server': 'node:http in a process of its own; answers "created" for every document',
    'real server': `Elasticsearch ${ELASTICSEARCH}, ${JAVA.join(' ')}, on the same machine`,
    rounds: `${ROUNDS.null} of ${count(RECORDS.null)} records, ${ROUNDS.real} of ${count(RECORDS.real)} into the real one`,
  })
  const rows = [await intoNull(forNull.path)]
  try {
    rows.push(await intoReal(forReal.path))
  } catch (error) {
    report.note(`no Elasticsearch here: ${(error as Error).message}\n`)
  }
  report.table(['server', 'records/s', 'CPU µs a record in our process', 'stored'], rows)
}

async function intoNull(path: string): Promise<string[]> {
  const rounds: Round[] = []
  for (let n = 0; n < ROUNDS.null; n++) {
    const server = new Helper<string, Stored>('null-bulk.ts')
    const round = await feedSink(path, RECORDS.null, await server.hello, 'bench')
    rounds.push({ ...round, stored: (await server.ask('stored')).distinct })
    server.stop()
  }
  return row('null', rounds)
}

async function intoReal(path: string): Promise<string[]> {
  const server = await startElasticsearch(ELASTICSEARCH, { java: JAVA })
  const rounds: Round[] = []
  try {
    for (let n = 0; n < ROUNDS.real; n++) {
      const index = `bench-${n}`
      const round = await feedSink(path, RECORDS.real, server.url, index)
      await fetch(`${server.url}/${index}/_refresh`, { method: 'POST' })
      const answer = await fetch(`${server.url}/${index}/_count`)
      rounds.push({ ...round, stored: ((await answer.json()) as { count: number }).count })
      await fetch(`${server.url}/${index}`, { method: 'DELETE' })
    }
  } finally {
    await server.stop()
  }
  return row(`Elasticsearch ${ELASTICSEARCH}`, rounds)
}

function row(server: string, rounds: readonly Round[]): string[] {
  return [
    server,
    spread(rounds.map(round => round.rate)),
    spread(
      rounds.map(round => round.cpu),
      digits(2),
    ),
    spread(rounds.map(round => round.stored)),
  ]
}

/** Lets sluice-elasticsearch write a file of records, from its readiness to its end. */
export async function feedSink(
  path: string,
  records: number,
  url: string,
  index: string,
  options: ProgramOptions & { flags?: readonly string[] } = {},
): Promise<Omit<Round, 'stored'>> {
  const { flags = [], ...program } = options
  const args = ['--pull-connect', `file://${path}`, '--node', url, '--index', index, ...flags]
  const sink = new Program('sluice-elasticsearch', args, program)
  await sink.ready()
  const before = cpuSeconds(sink.pid)
  const cpu = followCpu(sink.pid)
  const code = await sink.exited
  if (code !== 0) throw new Error(`sluice-elasticsearch ended with ${code}: ${sink.stderr.slice(-2000)}`)
  return {
    rate: (records / (performance.now() - sink.readyAt)) * 1000,
    cpu: ((cpu() - before) / records) * 1e6,
  }
}
