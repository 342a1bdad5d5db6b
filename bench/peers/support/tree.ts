// CPU time and memory of processes together with their children (proc(5)).
import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'

/** The kernel's unit of CPU time in /proc, which is 100 Hz for programs on every architecture of Linux but Alpha. */
const TICKS_A_SECOND = 100

/** Processes with all that descend from them. */
export function family(...roots: readonly number[]): number[] {
  return roots.flatMap(pid => [pid, ...family(...childrenOf(pid))])
}

function childrenOf(pid: number): number[] {
  const threads = readdirSync(`/proc/${pid}/task`)
  return threads
    .flatMap(thread => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' '))
    .filter(child => child !== '')
    .map(Number)
}

/** Seconds of CPU, user and system, so far: of all threads, also those that ended, and of children that ended. */
export function cpuSecondsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + ticksOf(pid), 0) / TICKS_A_SECOND
}

function ticksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name in brackets may hold anything; fields 14 to 17 of proc(5) are utime, stime, cutime and cstime.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0)
}

export interface Footprint {
  /** Bytes that go when it ends: private pages, clean and dirty. */
  uss: number
  /** Bytes with a fair share of what it has together with others. */
  pss: number
}

export function footprintOf(pid: number): Footprint {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1]) * 1024
  return { uss: bytes('Private_Clean') + bytes('Private_Dirty'), pss: bytes('Pss') }
}

/** The program's name; of Node that of what it runs. */
export function nameOf(pid: number): string {
  const [program = '', ...words] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  const script = words.find(word => !word.startsWith('--'))
  return basename(program === 'node' || program.endsWith('/node') ? (script ?? program) : program)
}
