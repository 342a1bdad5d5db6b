// A filter alone, fed from a file, from its readiness to its end.
import { digits, median, spread } from './numbers.ts'
import { cpuSeconds, followCpu } from './proc.ts'
import { Program } from './program.ts'

export interface Round {
  rate: number
  /** Microseconds a record. */
  cpu: number
}

export async function feedFilter(
  program: string,
  path: string,
  records: number,
  args: readonly string[],
  /** Called when it is ready. */
  meanwhile: (filter: Program) => void = () => {},
): Promise<Round> {
  const filter = new Program(program, ['--pull-connect', `file://${path}`, ...args])
  await filter.ready()
  meanwhile(filter)
  const before = cpuSeconds(filter.pid)
  const cpu = followCpu(filter.pid)
  const code = await filter.exited
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${filter.stderr.slice(-2000)}`)
  return {
    rate: (records / (performance.now() - filter.readyAt)) * 1000,
    cpu: ((cpu() - before) / records) * 1e6,
  }
}

/** Each of them so many times, in turn. */
export async function inTurn(
  ways: { readonly [way: string]: () => Promise<Round> },
  rounds: number,
): Promise<[way: string, rounds: Round[]][]> {
  const done = new Map<string, Round[]>(Object.keys(ways).map(way => [way, []]))
  for (let n = 0; n < rounds; n++) {
    for (const [way, once] of Object.entries(ways)) done.get(way)!.push(await once())
  }
  return [...done]
}

export const HEADINGS = ['', 'records/s', 'CPU µs a record', 'records a CPU second']

export function row([way, rounds]: [way: string, rounds: readonly Round[]]): string[] {
  const cpus = rounds.map(({ cpu }) => cpu)
  const second = new Intl.NumberFormat('en', { maximumFractionDigits: 0 }).format(1e6 / median(cpus))
  return [way, spread(rounds.map(({ rate }) => rate)), spread(cpus, digits(2)), second]
}
