// A daemon that is ready and has nothing to do: memory, threads, CPU.
import { setTimeout as sleep } from 'node:timers/promises'
import { Helper, plainEnvironment, start } from './support/children.ts'
import { ipcEndpoint, root } from './support/folder.ts'
import { lonely } from './support/lonely.ts'
import type { Stored } from './support/null-bulk.ts'
import { digits, median } from './support/numbers.ts'
import { packageFolder } from './support/package.ts'
import { cpuSeconds, type Memory, memoryOf } from './support/proc.ts'
import { Program } from './support/program.ts'
import type { Report } from './support/report.ts'

/** Milliseconds after ready, and so many again in which CPU is counted. */
export const IDLE = 5_000
const ROUNDS = 3

export interface Idle extends Memory {
  /** Milliseconds of CPU a second. */
  cpu: number
}

interface Running {
  pid: number
  stop(): unknown
}

/** Something that can be idle, and what its memory should be at most (MB). */
export interface Subject {
  name: string
  from: string
  goal?: number
  start(): Promise<Running>
  measured: Idle[]
}

export async function measure(report: Report): Promise<void> {
  const server = new Helper<string, Stored>('null-bulk.ts')
  const all = subjects(await server.hello)
  report.parameters({
    memory: `of /proc/PID/smaps_rollup, ${IDLE / 1000} s after ready`,
    CPU: `over the ${IDLE / 1000} s after that`,
    rounds: `${ROUNDS}, all of them at once`,
    'first line': 'node itself with a timer, to compare',
    'last line': 'both peers are missing',
  })
  for (let n = 0; n < ROUNDS; n++) await measureIdle(all)
  server.stop()
  report.table(
    ['daemon', 'from', 'anonymous MB', 'PSS MB', 'threads', 'CPU ms a second'],
    all.map(({ name, from, measured }) => [
      name,
      from,
      megabytes(measured.map(idle => idle.anonymous)),
      megabytes(measured.map(idle => idle.pss)),
      String(median(measured.map(idle => idle.threads))),
      digits(2)(median(measured.map(idle => idle.cpu))),
    ]),
  )
  for (const { name, from, goal, measured } of all) {
    const anonymous = megabytes(measured.map(idle => idle.anonymous))
    if (goal !== undefined) report.goal(`${name}, ${from}, anonymous`, `${goal} MB`, `${anonymous} MB`)
  }
}

function megabytes(kilobytes: number[]): string {
  return digits(1)(median(kilobytes) / 1024)
}

function subjects(url: string): Subject[] {
  const homes = { package: packageFolder(), checkout: root }
  const daemons = lonely(url).flatMap(({ name, args, goals }) =>
    Object.entries(homes).map(([from, home]) => ({
      name,
      from,
      ...(from === 'package' && { goal: goals.idle }),
      start: async () => {
        const program = new Program(name, args(), { home, env: { SLUICE_LOG_LEVEL: 'info' } })
        await program.ready()
        return program
      },
      measured: [],
    })),
  )
  return [
    { name: 'node', from: '', start: startNode, measured: [] },
    ...daemons,
    { name: 'sluice-syslog-json, dialling', from: 'checkout', start: startDialling, measured: [] },
  ]
}

async function startNode(): Promise<Running> {
  const args = ['-e', 'setInterval(() => {}, 1e9)']
  const child = start(process.execPath, args, { stdio: 'ignore', env: plainEnvironment() })
  return { pid: child.pid!, stop: () => child.kill() }
}

/** Its peers are not there, and it goes on asking for them. */
async function startDialling(): Promise<Running> {
  const args = ['--pull-connect', ipcEndpoint(), '--push-connect', ipcEndpoint()]
  const program = new Program('sluice-syslog-json', args)
  await program.ready()
  return program
}

/** One round of all of them at once. */
export async function measureIdle(all: readonly Subject[]): Promise<void> {
  const running: Running[] = []
  for (const subject of all) running.push(await subject.start())
  await sleep(IDLE)
  const memory = running.map(({ pid }) => memoryOf(pid))
  const before = running.map(({ pid }) => cpuSeconds(pid))
  await sleep(IDLE)
  const after = running.map(({ pid }) => cpuSeconds(pid))
  for (const one of running) one.stop()
  all.forEach(({ measured }, n) => {
    measured.push({ ...memory[n]!, cpu: ((after[n]! - before[n]!) / IDLE) * 1e6 })
  })
}
