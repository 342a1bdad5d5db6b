/** Of /proc/loadavg: "0.02 0.15 1.37 2/94 23431" (proc_loadavg(5)). */
export function parseLoad(loadavg: string): {
  load1: number
  load5: number
  load15: number
  threads: number
} {
  const [load1, load5, load15, threads] = loadavg.split(' ')
  return {
    load1: Number(load1),
    load5: Number(load5),
    load15: Number(load15),
    threads: Number(threads!.split('/')[1]),
  }
}

/** Of /proc/uptime: seconds, and those of all processors that had nothing to do. */
export function parseUptime(uptime: string): number {
  return Math.floor(Number(uptime.split(' ')[0]))
}

/** Of /proc/stat (proc_stat(5)). */
export function parseActivity(stat: string) {
  const of = (name: string) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(stat)?.[1] ?? 0)
  return {
    now: { processes_running: of('procs_running'), processes_blocked: of('procs_blocked') },
    counters: {
      processes_forked: of('processes'),
      context_switches: of('ctxt'),
      interrupts: of('intr'),
    },
  }
}

/** Of /proc/sys/fs/file-nr: open, 0, the most; which is 2^63 - 1 where nobody has set a bound. */
export function parseFiles(files: string): { open_files: number; max_files?: number } {
  const [open, , most] = files.trim().split(/\s+/).map(Number)
  return { open_files: open!, ...(Number.isSafeInteger(most) && { max_files: most! }) }
}
