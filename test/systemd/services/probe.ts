// Runs in the place of a daemon, in its sandbox, and writes down what it may do there: `ok`, or the code of the error.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'

async function attempt(what: () => unknown): Promise<string> {
  try {
    await what()
    return 'ok'
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}

function write(folder: string): void {
  const path = join(folder, `probe-${process.pid}`)
  writeFileSync(path, '')
  rmSync(path)
}

const all = async (places: readonly string[], what: (place: string) => unknown) =>
  Object.fromEntries(
    await Promise.all(places.map(async place => [place, await attempt(() => what(place))] as const)),
  )

const status = Object.fromEntries(
  readFileSync('/proc/self/status', 'utf8')
    .split('\n')
    .map(line => line.split(/:\s*/) as [string, string]),
)

const [port] = process.argv.slice(2)
const seen = {
  uid: process.getuid!(),
  capabilities: status.CapEff,
  noNewPrivileges: status.NoNewPrivs,
  seccomp: status.Seccomp,
  zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  root: readdirSync('/').sort(),
  etc: readdirSync('/etc').sort(),
  writes: await all(
    ['/', '/etc', '/usr', '/opt/sluice', '/var/log', '/home', '/run', '/proc/sys/kernel'],
    write,
  ),
  links: await attempt(() => write('/run/sluice')),
  state: await attempt(() => write(process.env.STATE_DIRECTORY!)),
  reads: await all(['/etc/shadow', '/proc/1/status', '/var/log/secret'], place => readFileSync(place)),
  runs: await attempt(() => execFileSync('/bin/sh', ['-c', 'exit 0'])),
  connects: await attempt(() => once(connect(Number(port), '127.0.0.1'), 'connect')),
  listens: await attempt(() => once(createServer().listen(0, '127.0.0.1'), 'listening')),
}
process.stdout.write(`${JSON.stringify(seen)}\n`)
process.exit()
