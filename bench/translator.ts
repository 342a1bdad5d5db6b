// sluice-syslog-json alone, fed from a file, over each of the ways that cost little themselves.
import { execFileSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { Helper, start } from './support/children.ts'
import { ipcEndpoint, temporary } from './support/folder.ts'
import type { Pulled } from './support/null-pull.ts'
import { count, digits, median, spread } from './support/numbers.ts'
import { cpuSeconds, followCpu } from './support/proc.ts'
import { Program, type ProgramOptions } from './support/program.ts'
import { MESSAGE_SIZE, recordFile } from './support/records.ts'
import type { Report } from './support/report.ts'

const RECORDS = 1_000_000
const ROUNDS = 5
const GOAL = 250_000

interface Round {
  rate: number
  cpu: number
}

export async function measure(report: Report): Promise<void> {
  const received = await recordFile('received', RECORDS)
  const text = await recordFile('text', RECORDS)
  report.parameters({
    records: `${count(RECORDS)}, ${MESSAGE_SIZE} bytes of RFC 3164 in each`,
    'as the bridge sends them': `${digits(0)(received.bytes / RECORDS)} bytes a record, with @meta`,
    rounds: `${ROUNDS}, each a process of its own from ready to its end, the ways in turn`,
  })
  const ways: { [way: string]: () => Promise<Round> } = {
    'file to ipc': () => overIpc(received.path),
    'stdin to a pipe': () => overPipes(received.path),
    'stdin to a pipe, bare lines': () => overPipes(text.path),
  }
  if (hasTaskset()) ways['file to ipc, all on one core'] = () => overIpc(received.path, { core: 0 })
  const rounds = new Map<string, Round[]>(Object.keys(ways).map(way => [way, []]))
  for (let n = 0; n < ROUNDS; n++) {
    for (const [way, once] of Object.entries(ways)) rounds.get(way)!.push(await once())
  }
  report.table(
    ['way', 'records/s', 'CPU µs a record', 'records a CPU second'],
    [...rounds].map(([way, all]) => [
      way,
      spread(all.map(round => round.rate)),
      spread(
        all.map(round => round.cpu),
        digits(2),
      ),
      count(1e6 / median(all.map(round => round.cpu))),
    ]),
  )
  const best = rounds.get('file to ipc')!
  report.goal(
    'records/s on one core',
    count(GOAL),
    `${count(1e6 / median(best.map(round => round.cpu)))} a CPU second (file to ipc)`,
  )
}

async function overIpc(path: string, options: ProgramOptions = {}): Promise<Round> {
  const endpoint = ipcEndpoint()
  const puller = new Helper<string, Pulled>('null-pull.ts', [endpoint])
  await puller.hello
  const args = ['--pull-connect', `file://${path}`, '--push-connect', endpoint]
  const round = await untilEnd(new Program('sluice-syslog-json', args, options))
  const { records } = await puller.ask('count')
  puller.stop()
  if (records !== RECORDS) console.log(`${records} of ${RECORDS} records arrived`)
  return round
}

async function overPipes(path: string): Promise<Round> {
  const pipe = namedPipe()
  const cat = start('sh', ['-c', `exec cat <'${pipe}' >/dev/null`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const stdin = openSync(path, 'r')
  const stdout = openSync(pipe, 'w')
  const program = new Program('sluice-syslog-json', [], { stdin, stdout })
  closeSync(stdin)
  closeSync(stdout)
  const round = await untilEnd(program)
  cat.kill()
  return round
}

let pipe: string | undefined

/** A pipe as a shell makes it; what Node gives a child is a socket. */
function namedPipe(): string {
  if (!pipe) {
    pipe = temporary('pipe')
    execFileSync('mkfifo', [pipe])
  }
  return pipe
}

async function untilEnd(program: Program): Promise<Round> {
  await program.ready()
  const before = cpuSeconds(program.pid)
  const cpu = followCpu(program.pid)
  const code = await program.exited
  if (code !== 0) throw new Error(`sluice-syslog-json ended with ${code}: ${program.stderr.slice(-2000)}`)
  return {
    rate: (RECORDS / (performance.now() - program.readyAt)) * 1000,
    cpu: ((cpu() - before) / RECORDS) * 1e6,
  }
}

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
