// sluice-tail alone: how fast it reads what is there, and what it costs to follow 1 to 10,000 files.
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Helper } from './support/children.ts'
import { ipcEndpoint, temporary } from './support/folder.ts'
import type { Pulled } from './support/null-pull.ts'
import { count, digits, median, spread } from './support/numbers.ts'
import { cpuSeconds, followCpu, memoryOf } from './support/proc.ts'
import { eventually, Program } from './support/program.ts'
import { syslogLine } from './support/records.ts'
import type { Report } from './support/report.ts'

const LINES = 2_000_000
const LINE_SIZE = 199
const ROUNDS = 3
const GOAL = 300_000

const FILES = [1, 10, 100, 1_000, 10_000]
/** Milliseconds until what has just grown counts as quiet, and in which it is measured. */
const SETTLE = 15_000
const MEASURE = 20_000
/** Lines whose way is timed; each in a file that has been quiet. */
const TIMED = 20

export async function measure(report: Report): Promise<void> {
  report.parameters({
    lines: `${count(LINES)} of ${LINE_SIZE + 1} bytes, in one file and in 100`,
    rounds: `${ROUNDS}, each a process of its own with --once, from ready to its end`,
    output: 'plain ZeroMQ over ipc, to a process that throws it away',
    idle: `${SETTLE / 1000} s after all was read, for ${MEASURE / 1000} s; from a checkout`,
    latency: `of ${TIMED} lines, one after the other, each to a file that nothing was written to before`,
  })
  const rows: string[][] = []
  for (const files of [1, 100]) {
    const glob = makeFiles(files)
    const rounds: { rate: number; cpu: number }[] = []
    for (let n = 0; n < ROUNDS; n++) rounds.push(await readAll(glob))
    rows.push([
      count(files),
      spread(rounds.map(({ rate }) => rate)),
      spread(
        rounds.map(({ cpu }) => cpu),
        digits(2),
      ),
      count(1e6 / median(rounds.map(({ cpu }) => cpu))),
    ])
  }
  report.table(['files', 'lines/s', 'CPU µs a line', 'lines a CPU second'], rows)
  report.goal('lines/s on one core', count(GOAL), `${rows[0]![3]} a CPU second`)
  const idle: string[][] = []
  for (const files of FILES) idle.push(await follow(files))
  report.table(
    ['files followed', 'idle: CPU ms a second', 'anonymous MB', 'latency ms: median', 'most'],
    idle,
  )
}

function makeFiles(files: number): string {
  const folder = temporary(`lines-in-${files}`)
  mkdirSync(folder)
  const perFile = LINES / files
  for (let file = 0; file < files; file++) {
    const path = join(folder, `app-${file}.log`)
    for (let n = 0; n < perFile; n += 10_000) {
      const lines = Array.from({ length: Math.min(10_000, perFile - n) }, (_, m) =>
        syslogLine(file * perFile + n + m, LINE_SIZE),
      )
      appendFileSync(path, `${lines.join('\n')}\n`)
    }
  }
  return join(folder, '*.log')
}

async function readAll(glob: string): Promise<{ rate: number; cpu: number }> {
  const endpoint = ipcEndpoint()
  const puller = new Helper<string, Pulled>('null-pull.ts', [endpoint])
  await puller.hello
  const program = new Program('sluice-tail', ['--once', '--file', glob, '--push-connect', endpoint])
  await program.ready()
  const before = cpuSeconds(program.pid)
  const cpu = followCpu(program.pid)
  await program.exited
  const seconds = (performance.now() - program.readyAt) / 1000
  const { records } = await puller.ask('count')
  puller.stop()
  if (records !== LINES) console.log(`${records} of ${LINES} lines arrived`)
  return { rate: LINES / seconds, cpu: ((cpu() - before) / LINES) * 1e6 }
}

async function follow(files: number): Promise<string[]> {
  const folder = temporary(`followed-${files}`)
  mkdirSync(folder)
  const path = (n: number) => join(folder, `app-${n}.log`)
  for (let n = 0; n < files; n++) writeFileSync(path(n), `${syslogLine(n)}\n`)
  const endpoint = ipcEndpoint()
  const puller = new Helper<string, Pulled>('null-pull.ts', [endpoint])
  await puller.hello
  const pulled = async () => (await puller.ask('count')).records
  const program = new Program('sluice-tail', ['--file', join(folder, '*.log'), '--push-connect', endpoint], {
    env: { SLUICE_LOG_LEVEL: 'info' },
  })
  await program.ready()
  if (!(await eventually(async () => (await pulled()) === files, 60_000)))
    console.log('not all lines arrived')
  await sleep(SETTLE)
  const before = cpuSeconds(program.pid)
  await sleep(MEASURE)
  const cpu = ((cpuSeconds(program.pid) - before) * 1e6) / MEASURE
  const { anonymous } = memoryOf(program.pid)
  const latencies: number[] = []
  for (let n = 0; n < TIMED; n++) {
    const expected = files + n + 1
    // Spread over all files; of one file it is the file that has just grown.
    appendFileSync(path(Math.floor((n * files) / TIMED) % files), `${syslogLine(n)}\n`)
    const since = performance.now()
    while ((await pulled()) < expected) await sleep(1)
    latencies.push(performance.now() - since)
  }
  await program.stop()
  puller.stop()
  return [
    count(files),
    digits(2)(cpu),
    digits(1)(anonymous / 1024),
    count(median(latencies)),
    count(Math.max(...latencies)),
  ]
}
