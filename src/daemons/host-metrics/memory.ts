import type { Data } from './kinds.ts'
import { percent } from './rates.ts'

/** `NAME:  NUMBER kB` to bytes, as in /proc/meminfo (proc_meminfo(5)). */
export function parseMeminfo(text: string): ReadonlyMap<string, number> {
  return new Map(
    [...text.matchAll(/^(\S+): +(\d+)( kB)?$/gm)].map(([, name, number, unit]) => [
      name!,
      Number(number) * (unit ? 1024 : 1),
    ]),
  )
}

export function memory(meminfo: ReadonlyMap<string, number>): Data<'memory'> {
  const of = (name: string) => meminfo.get(name) ?? 0
  const total = of('MemTotal')
  const cached = of('Cached') + of('SReclaimable')
  // Linux before 3.14 has no such line.
  const available = meminfo.get('MemAvailable') ?? of('MemFree') + of('Buffers') + cached - of('Shmem')
  return {
    total,
    available,
    used: total - available,
    free: of('MemFree'),
    buffered: of('Buffers'),
    cached,
    shared: of('Shmem'),
    dirty: of('Dirty'),
    used_percent: percent(total - available, total),
    available_percent: percent(available, total),
  }
}

export function swap(meminfo: ReadonlyMap<string, number>): Data<'swap'> {
  const total = meminfo.get('SwapTotal') ?? 0
  const free = meminfo.get('SwapFree') ?? 0
  return { total, free, used: total - free, used_percent: percent(total - free, total) }
}

/** Bytes, of /proc/vmstat, which counts pages. */
export function parseSwapped(vmstat: string, page: number): { in: number; out: number } {
  const pages = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(vmstat)?.[1] ?? 0)
  return { in: pages('pswpin') * page, out: pages('pswpout') * page }
}
