// Memory of the processes of a shipper, at one moment or at most over some time.
import { type Footprint, footprintOf, nameOf } from './tree.ts'

export interface Memory {
  /** Of all processes together. */
  whole: Footprint
  /** Of each of them. */
  processes: { name: string; footprint: Footprint }[]
}

const EVERY = 200

export function memoryNow(pids: readonly number[]): Memory {
  const processes = pids.map(pid => ({ name: nameOf(pid), footprint: footprintOf(pid) }))
  const sum = (what: keyof Footprint) =>
    processes.reduce((total, { footprint }) => total + footprint[what], 0)
  return { whole: { uss: sum('uss'), pss: sum('pss') }, processes }
}

/**
 * Looks five times a second while `work` goes on. The most of all together and the most of each need not have been at
 * one time.
 */
export async function mostMemory(pids: () => number[], work: () => Promise<unknown>): Promise<Memory> {
  let most = memoryNow(pids())
  const timer = setInterval(() => {
    most = greater(most, memoryNow(pids()))
  }, EVERY)
  try {
    await work()
  } finally {
    clearInterval(timer)
  }
  return most
}

function greater(before: Memory, now: Memory): Memory {
  const processes = now.processes.map(({ name, footprint }, n) => ({
    name,
    footprint: most(before.processes[n]?.footprint ?? footprint, footprint),
  }))
  return { whole: most(before.whole, now.whole), processes }
}

function most(a: Footprint, b: Footprint): Footprint {
  return { uss: Math.max(a.uss, b.uss), pss: Math.max(a.pss, b.pss) }
}
