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
  try {
    const id = readFileSync(file, 'utf8').trim().replaceAll('-', '')
    return /^[0-9a-f]{32}$/.test(id) ? id : undefined
  } catch {
    return undefined
  }
}

/** The unit is ours where our log goes to the journal: who is started by hand may have the variables of some other one. */
export function self(environment: NodeJS.ProcessEnv): Self {
  const { INVOCATION_ID: invocation, JOURNAL_STREAM: stream } = environment
  return {
    pid: process.pid,
    boot: bootId(),
    invocation: stream !== undefined && stream === streamOf(STDERR) ? invocation : undefined,
  }
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
