import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

/** How long a process may take to be gone. */
const PATIENCE = 10_000

/** Whether the process runs: one that has ended and that nobody has asked about does not. */
export function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** Waits until none of these processes runs. */
export async function untilGone(pids: readonly number[]): Promise<void> {
  const deadline = performance.now() + PATIENCE
  for (let left = pids.filter(isAlive); left.length > 0; left = left.filter(isAlive)) {
    if (performance.now() > deadline) throw new Error(`still there: ${left.map(describe).join(', ')}`)
    await wait(5)
  }
}

function describe(pid: number): string {
  try {
    return `${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`
  } catch {
    return String(pid)
  }
}
