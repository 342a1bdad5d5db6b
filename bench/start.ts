// From the start of the process to the line that says ready, of a package and of a checkout.
import { once } from 'node:events'
import { Helper, plainEnvironment, start } from './support/children.ts'
import { root } from './support/folder.ts'
import { type Lonely, lonely } from './support/lonely.ts'
import type { Stored } from './support/null-bulk.ts'
import { digits, median } from './support/numbers.ts'
import { packageFolder } from './support/package.ts'
import { Program } from './support/program.ts'
import type { Report } from './support/report.ts'

const ROUNDS = 10

export async function measure(report: Report): Promise<void> {
  const server = new Helper<string, Stored>('null-bulk.ts')
  const daemons = lonely(await server.hello)
  const homes = { package: packageFolder(), checkout: root }
  report.parameters({
    package: 'npm pack, unpacked, run with the Node of the checkout',
    checkout: 'sources, with the compile cache warm',
    rounds: `${ROUNDS} of each, in turn, after one that does not count`,
    'first line': 'node itself, from start to exit, to compare',
  })
  const times = new Map<string, number[]>()
  const note = (what: string, time: number) => times.set(what, [...(times.get(what) ?? []), time])
  for (let n = 0; n <= ROUNDS; n++) {
    const node = await bareNode()
    if (n > 0) note('node', node)
    for (const daemon of daemons) {
      for (const [kind, home] of Object.entries(homes)) {
        const time = await startTime(daemon, home)
        if (n > 0) note(`${daemon.name} ${kind}`, time)
      }
    }
  }
  server.stop()
  const ms = digits(0)
  const cells = (all: number[]) => [ms(median(all)), ms(Math.min(...all)), ms(Math.max(...all))]
  const rows = daemons.flatMap(({ name }) =>
    Object.keys(homes).map(kind => [name, kind, ...cells(times.get(`${name} ${kind}`)!)]),
  )
  report.table(
    ['daemon', 'from', 'median ms', 'min', 'max'],
    [['node -e 0', '', ...cells(times.get('node')!)], ...rows],
  )
  for (const { name, goals } of daemons) {
    report.goal(`${name}, package`, `${goals.start} ms`, `${ms(median(times.get(`${name} package`)!))} ms`)
  }
}

/** Milliseconds from start to ready, once. */
export async function startTime({ name, args }: Lonely, home: string): Promise<number> {
  const program = new Program(name, args(), { home, env: { SLUICE_LOG_LEVEL: 'info' } })
  await program.ready()
  const time = program.startTime
  await program.stop()
  return time
}

/** Milliseconds of Node that does nothing, from start to exit. */
export async function bareNode(): Promise<number> {
  const before = performance.now()
  await once(start(process.execPath, ['-e', '0'], { stdio: 'ignore', env: plainEnvironment() }), 'exit')
  return performance.now() - before
}
