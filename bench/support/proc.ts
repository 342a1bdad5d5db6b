// What the kernel says of a process: CPU time, children, memory, threads, dropped datagrams (proc(5)).
import { readdirSync, readFileSync } from 'node:fs'

/** The kernel's unit of CPU time in /proc, which is 100 Hz for programs on every architecture of Linux but Alpha. */
const TICKS_A_SECOND = 100

/** Nanoseconds of CPU, user and system, of all threads that live: finer than the 10 ms ticks of /proc/PID/stat. */
function cpuNanoseconds(pid: number): number {
  let sum = 0
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    sum += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0])
  }
  return sum
}

/** Seconds of CPU of a process so far. */
export function cpuSeconds(pid: number): number {
  return cpuNanoseconds(pid) / 1e9
}

/** Seconds of CPU of processes so far, also of threads and children that ended: in steps of 10 ms. */
export function cpuSecondsWithEnded(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + ticksOf(pid), 0) / TICKS_A_SECOND
}

function ticksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name in brackets may hold anything; fields 14 to 17 of proc(5) are utime, stime, cutime and cstime.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0)
}

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

/**
 * Follows a process that will end by itself, whose CPU time is gone with it. Returns the function that gives the
 * last reading, which is at most `every` milliseconds old.
 */
export function followCpu(pid: number, every = 20): () => number {
  let last = cpuSeconds(pid)
  const timer = setInterval(() => {
    try {
      last = Math.max(last, cpuSeconds(pid))
    } catch {
      clearInterval(timer)
    }
  }, every)
  return () => {
    clearInterval(timer)
    return last
  }
}

export interface Memory {
  /** Kilobytes that no file stands behind: heap, stacks, buffers. */
  anonymous: number
  /** Kilobytes with a fair share of what is shared with others. */
  pss: number
  /** Kilobytes that no other process shares. */
  uss: number
  /** Kilobytes with all that is shared. */
  rss: number
  threads: number
}

export function memoryOf(pid: number): Memory {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1])
  return {
    anonymous: kilobytes('Anonymous'),
    pss: kilobytes('Pss'),
    uss: kilobytes('Private_Clean') + kilobytes('Private_Dirty'),
    rss: kilobytes('Rss'),
    threads: readdirSync(`/proc/${pid}/task`).length,
  }
}

/** Datagrams that the kernel has dropped so far on the sockets at a UDP port of this host. */
export function kernelDrops(port: number): number {
  const address = `:${port.toString(16).toUpperCase().padStart(4, '0')} `
  return ['/proc/net/udp', '/proc/net/udp6']
    .flatMap(path => readFileSync(path, 'utf8').split('\n'))
    .filter(row => row.slice(0, 60).includes(address) && /^\s*\d+: \S+/.test(row))
    .filter(row => row.trim().split(/\s+/)[1]!.endsWith(address.trim()))
    .reduce((sum, row) => sum + Number(row.trim().split(/\s+/).at(-1)), 0)
}
