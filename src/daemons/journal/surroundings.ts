import { fstatSync, readFileSync } from 'node:fs'
import type { Self } from './chosen.ts'

const STDERR = 2

/** This machine, as its journal calls it (machine-id(5)); undefined where it has no name. */
export function machineId(): string | undefined {
  return idIn('/etc/machine-id')
}

/** This boot, as the journal calls it (random(4)). */
export function bootId(): string | undefined {
  return idIn('/proc/sys/kernel/random/boot_id')
}

function idIn(file: string): string | undefined {
  const id = read(file).trim().replaceAll('-', '')
  return /^[0-9a-f]{32}$/.test(id) ? id : undefined
}

/** Empty where it is not there. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** What is logged by our unit is ours where our log goes to the journal: not, where we were started by hand from it. */
export function self(environment: NodeJS.ProcessEnv): Self {
  const { JOURNAL_STREAM: stream } = environment
  const logged = stream !== undefined && stream === streamOf(STDERR)
  return {
    pid: process.pid,
    boot: bootId(),
    machine: machineId(),
    unit: logged ? unitIn(read('/proc/self/cgroup')) : undefined,
  }
}

/** The service in the lines of cgroups(7), /proc/PID/cgroup: the innermost, as for one of a user. */
export function unitIn(cgroups: string): string | undefined {
  return /^\d+:(?:name=systemd)?:.*\/([^/\n]+\.service)\b/m.exec(cgroups)?.[1]
}

/** As systemd writes it (systemd.exec(5), JOURNAL_STREAM). */
function streamOf(fd: number): string | undefined {
  try {
    const { dev, ino } = fstatSync(fd)
    return `${dev}:${ino}`
  } catch {
    return undefined
  }
}
