// npm run bench:profile DAEMON: where the CPU time of one daemon goes. Runs it under a load with --cpu-prof, keeps the
// profile of each of its threads, and prints the functions and modules that took most.
import { globSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { LOADS } from './profile/loads.ts'
import { type CpuProfile, functionName, moduleName, ownerName, selfTimes } from './support/cpu-profile.ts'
import { digits } from './support/numbers.ts'
import { Report } from './support/report.ts'

/** Lines of each table. */
const MOST = 20
const ASKED_FOR_HELP = ['--help', '-h']

const [word = '', given] = process.argv.slice(2)
const load = Object.hasOwn(LOADS, word) ? LOADS[word] : undefined
if (!load) {
  const list = Object.entries(LOADS).map(([daemon, { summary }]) => `  ${daemon.padEnd(15)}${summary}`)
  const usage = [
    'npm run bench:profile -- DAEMON [FOLDER]',
    `Where its CPU time goes; the profiles are kept in FOLDER.\n\n${list.join('\n')}`,
    'SLUICE_BENCH_PROFILE=FOLDER npm run bench -- PART leaves there those of all programs of a part.',
  ]
  console.error(usage.join('\n\n'))
  process.exit(ASKED_FOR_HELP.includes(word) ? 0 : 64)
}
const folder = given ? resolve(given) : mkdtempSync(join(tmpdir(), 'sluice-profiles-'))
mkdirSync(folder, { recursive: true })
process.env.SLUICE_BENCH_PROFILE = folder
const { readyAt } = await load.run()
// What it does to start is another matter: npm run bench -- start.
const ready = Number(process.hrtime.bigint()) / 1000 - (performance.now() - readyAt) * 1000

const report = new Report()
// A file for each thread: CPU.DATE.TIME.PID.THREAD.NUMBER.cpuprofile
const files = globSync('**/*.cpuprofile', { cwd: folder }).sort()
for (const file of files) {
  const profile = JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile
  report.heading(`${word}, ${load.summary}: ${file}`)
  report.table(['whose', 'share', 'ms'], rows(selfTimes(profile, ownerName, ready)))
  report.table(['module', 'share', 'ms'], rows(selfTimes(profile, moduleName, ready)))
  report.table(['function, self time', 'share', 'ms'], rows(selfTimes(profile, functionName, ready)))
}
report.note(
  'Shares of the time after ready in which a thread was not idle. For Chrome DevTools (Performance, Load profile):\n',
)
for (const file of files) report.note(join(folder, file))
process.exit(files.length > 0 ? 0 : 1)

function rows(times: readonly [string, number][]): string[][] {
  const whole = times.reduce((sum, [, time]) => sum + time, 0)
  return times
    .slice(0, MOST)
    .map(([name, time]) => [name, `${digits(1)((time / whole) * 100)} %`, digits(0)(time / 1000)])
}
