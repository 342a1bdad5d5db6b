// Where the CPU time of the daemons goes: node bench/profile.ts PART [FOLDER] runs a part with --cpu-prof in each
// program under measurement, keeps the profiles in the folder, and prints the functions that took most.
import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { digits } from './support/numbers.ts'
import { Report } from './support/report.ts'

const MOST = 30

interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[]
  samples: number[]
  timeDeltas: number[]
}

const [part, given] = process.argv.slice(2)
if (!part) {
  console.error('node bench/profile.ts PART [FOLDER]')
  process.exit(64)
}
const folder = given ? resolve(given) : mkdtempSync(join(tmpdir(), 'sluice-profiles-'))
mkdirSync(folder, { recursive: true })
const env = { ...process.env, SLUICE_BENCH_PROFILE: folder }
spawnSync(process.execPath, [join(import.meta.dirname, 'main.ts'), part], { stdio: 'inherit', env })
const report = new Report()
report.heading(`profiles in ${folder}`)
// A file for each thread: CPU.DATE.TIME.PID.THREAD.NUMBER.cpuprofile
for (const file of globSync('**/*.cpuprofile', { cwd: folder }).sort()) {
  report.note(`${file}, self time without idle\n`)
  report.table(['function', 'share', 'ms'], top(JSON.parse(readFileSync(join(folder, file), 'utf8'))))
}

function top({ nodes, samples, timeDeltas }: Profile): string[][] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  const times = new Map<string, number>()
  samples.forEach((id, n) => {
    const name = names.get(id)!
    if (name !== '(idle)') times.set(name, (times.get(name) ?? 0) + timeDeltas[n]!)
  })
  const whole = times.values().reduce((a, b) => a + b, 0)
  return [...times]
    .sort(([, a], [, b]) => b - a)
    .slice(0, MOST)
    .map(([name, time]) => [name, `${digits(1)((time / whole) * 100)} %`, digits(0)(time / 1000)])
}

function nameOf({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  const place = url.replace(/^.*\/(src|dist|node_modules)\//, '')
  return `${functionName || '(anonymous)'}${place && ` ${place}:${lineNumber + 1}`}`
}
