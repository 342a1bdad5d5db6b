// wrk, which asks an HTTP server as often as it answers: the one of the system, or Debian's.
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { installPackages } from './debian.ts'
import { locked } from './support.ts'

export interface Load {
  connections: number
  seconds: number
  headers?: { [name: string]: string }
  /** Posts this; without it, it is a GET. */
  body?: string
  /** Runs on this core only. */
  core?: number
}

export interface Measured {
  requests: number
  perSecond: number
  /** Answers that were neither 2xx nor 3xx, and requests without one. */
  failed: number
  /** Milliseconds in which 50 and 99 of 100 were answered. */
  latency: { median: number; p99: number }
}

export async function installWrk(): Promise<string> {
  const run = promisify(execFile)
  // It has no way to be asked that it takes for a good one.
  const isThere = () =>
    run('sh', ['-c', 'command -v wrk']).then(
      ({ stdout }) => stdout.trim(),
      () => undefined,
    )
  return await locked('wrk', async () => {
    const found = await isThere()
    if (found) return found
    await installPackages('wrk')
    return (await isThere())!
  })
}

/** Asks for as long as it is told, and says how that went. */
export async function wrk(
  url: string,
  { connections, seconds, headers = {}, body, core }: Load,
): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'wrk-'))
  try {
    const script = join(folder, 'request.lua')
    if (body !== undefined) writeFileSync(script, `wrk.method = "POST"\nwrk.body = [==[${body}]==]\n`)
    const words = [
      ...(core === undefined ? [] : ['taskset', '-c', String(core)]),
      await installWrk(),
      ...['--threads', '1', '--connections', String(connections), '--duration', `${seconds}s`, '--latency'],
      // Its own two seconds are few where a machine has more to do.
      ...['--timeout', '60s'],
      ...Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]),
      ...(body === undefined ? [] : ['--script', script]),
      url,
    ]
    const { stdout } = await promisify(execFile)(words[0]!, words.slice(1))
    return measuredIn(stdout)
  } finally {
    await rm(folder, { recursive: true })
  }
}

function measuredIn(text: string): Measured {
  const number = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? 0)
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text) ?? []
  return {
    requests: number(/^ +(\d+) requests in/m),
    perSecond: number(/^Requests\/sec: +([\d.]+)/m),
    failed: errors
      .slice(1)
      .map(Number)
      .reduce((sum, count) => sum + count, number(/Non-2xx or 3xx responses: (\d+)/)),
    latency: { median: milliseconds(text, 50), p99: milliseconds(text, 99) },
  }
}

const UNITS: { readonly [unit: string]: number } = { us: 0.001, ms: 1, s: 1000, m: 60_000 }

function milliseconds(text: string, percent: number): number {
  const [, amount, unit = ''] = new RegExp(`^ +${percent}% +([\\d.]+)([a-z]+)`, 'm').exec(text) ?? []
  return Number(amount) * UNITS[unit]!
}
