// sluice-count alone, fed from a file: into SQLite and into a real Redis, in turn.
import { writeFileSync } from 'node:fs'
import { startRedis } from '../test/servers/redis.ts'
import { temporary } from './support/folder.ts'
import { count, digits, median, spread } from './support/numbers.ts'
import { cpuSeconds, followCpu } from './support/proc.ts'
import { Program } from './support/program.ts'
import type { Report } from './support/report.ts'

const EVENTS = 200_000
const ROUNDS = 3
const ACCOUNTS = 20
/** So many events come in a minute. */
const A_MINUTE = 5_000

interface Round {
  rate: number
  cpu: number
}

export async function measure(report: Report): Promise<void> {
  const path = temporary('events')
  writeFileSync(path, Array.from({ length: EVENTS }, (_, n) => `${JSON.stringify(eventOf(n))}\n`).join(''))
  report.parameters({
    events: `${count(EVENTS)} of ${ACCOUNTS} accounts and 3 types, ${count(A_MINUTE)} in a minute`,
    counted: 'under {account}/{type}, at four levels; their ids are remembered',
    Redis: '7.0 of Debian on this machine, appendonly, appendfsync always',
    rounds: `${ROUNDS}, each a process of its own from ready to its end, in turn`,
  })
  const rounds: { [store: string]: Round[] } = { SQLite: [], Redis: [] }
  for (let n = 0; n < ROUNDS; n++) {
    rounds.SQLite!.push(await feed(path, `sqlite://${temporary('count')}`))
    const redis = await startRedis()
    rounds.Redis!.push(await feed(path, redis.url))
    await redis.stop()
  }
  report.table(
    ['store', 'events/s', 'CPU µs an event in our process'],
    Object.entries(rounds).map(([store, all]) => [
      store,
      spread(all.map(({ rate }) => rate)),
      spread(
        all.map(({ cpu }) => cpu),
        digits(1),
      ),
    ]),
  )
  const rate = (store: string) => median(rounds[store]!.map(round => round.rate))
  report.note(`Redis takes ${digits(2)(rate('Redis') / rate('SQLite'))} of what SQLite takes.\n`)
}

function eventOf(n: number): object {
  const time = new Date(Date.UTC(2026, 0) + (n / A_MINUTE) * 60_000).toISOString()
  const data = { account: `account-${n % ACCOUNTS}`, path: `/page/${n % 1000}`, visitor: `v${n % 5000}` }
  return {
    '@meta': { id: `bench-${String(n).padStart(15, '0')}`, received: Date.UTC(2026, 0) },
    ...{ type: ['pageview', 'click', 'buy'][n % 3], time, app: 'bench', data },
  }
}

async function feed(path: string, store: string): Promise<Round> {
  const args = ['--pull-connect', `file://${path}`, '--store', store, '--http', '127.0.0.1:0']
  const program = new Program('sluice-count', args)
  await program.ready()
  const before = cpuSeconds(program.pid)
  const cpu = followCpu(program.pid)
  const code = await program.exited
  if (code !== 0) throw new Error(`sluice-count ended with ${code}: ${program.stderr.slice(-2000)}`)
  return {
    rate: (EVENTS / (performance.now() - program.readyAt)) * 1000,
    cpu: ((cpu() - before) / EVENTS) * 1e6,
  }
}
