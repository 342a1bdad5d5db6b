// A daemon that is ready and has nothing to do: memory, threads, CPU.
import { setTimeout as sleep } from 'node:timers/promises'
import { Helper } from './support/children.ts'
import { root } from './support/folder.ts'
import { lonely } from './support/lonely.ts'
import type { Stored } from './support/null-bulk.ts'
import { digits, median } from './support/numbers.ts'
import { packageFolder } from './support/package.ts'
import { cpuSeconds, type Memory, memoryOf } from './support/proc.ts'
import { Program } from './support/program.ts'
import type { Report } from './support/report.ts'

const IDLE = 5_000
const ROUNDS = 3

interface Idle extends Memory {
  /** Milliseconds of CPU a second. */
  cpu: number
}

export async function measure(report: Report): Promise<void> {
  const server = new Helper<string, Stored>('null-bulk.ts')
  const daemons = lonely(await server.hello)
  const homes = { package: packageFolder(), checkout: root }
  report.parameters({
    memory: `of /proc/PID/smaps_rollup, ${IDLE / 1000} s after ready`,
    CPU: `over the ${IDLE / 1000} s after that`,
    rounds: `${ROUNDS}, all daemons at once`,
  })
  const kinds = daemons.flatMap(daemon => Object.keys(homes).map(kind => ({ daemon, kind })))
  const rounds: Idle[][] = kinds.map(() => [])
  for (let n = 0; n < ROUNDS; n++) {
    const programs = kinds.map(
      ({ daemon, kind }) =>
        new Program(daemon.name, daemon.args, {
          home: homes[kind as 'package'],
          env: { SLUICE_LOG_LEVEL: 'info' },
        }),
    )
    for (const [i, idle] of (await measureIdle(programs)).entries()) rounds[i]!.push(idle)
  }
  server.stop()
  const megabytes = (all: Idle[], what: 'anonymous' | 'pss') =>
    digits(1)(median(all.map(idle => idle[what])) / 1024)
  report.table(
    ['daemon', 'from', 'anonymous MB', 'PSS MB', 'threads', 'CPU ms a second'],
    kinds.map(({ daemon, kind }, i) => [
      daemon.name,
      kind,
      megabytes(rounds[i]!, 'anonymous'),
      megabytes(rounds[i]!, 'pss'),
      String(median(rounds[i]!.map(idle => idle.threads))),
      digits(2)(median(rounds[i]!.map(idle => idle.cpu))),
    ]),
  )
  for (const [i, { daemon, kind }] of kinds.entries()) {
    if (kind === 'package')
      report.goal(
        `${daemon.name}, anonymous`,
        `${daemon.goals.idle} MB`,
        `${megabytes(rounds[i]!, 'anonymous')} MB`,
      )
  }
}

async function measureIdle(programs: readonly Program[]): Promise<Idle[]> {
  for (const program of programs) await program.ready()
  await sleep(IDLE)
  const memory = programs.map(({ pid }) => memoryOf(pid))
  const before = programs.map(({ pid }) => cpuSeconds(pid))
  await sleep(IDLE)
  const after = programs.map(({ pid }) => cpuSeconds(pid))
  await Promise.all(programs.map(program => program.stop()))
  return memory.map((one, n) => ({ ...one, cpu: ((after[n]! - before[n]!) / IDLE) * 1e6 }))
}
