// Memory of the processes of a shipper, at one moment or at most over some time.
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'

export interface Footprint {
  /** Bytes that go when it ends: private pages, clean and dirty. */
  uss: number
  /** Bytes with a fair share of what it has together with others. */
  pss: number
}

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

function footprintOf(pid: number): Footprint {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1]) * 1024
  return { uss: bytes('Private_Clean') + bytes('Private_Dirty'), pss: bytes('Pss') }
}

/** The program's name; of Node that of what it runs. */
function nameOf(pid: number): string {
  const [program = '', ...words] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  const script = words.find(word => !word.startsWith('--'))
  return basename(program === 'node' || program.endsWith('/node') ? (script ?? program) : program)
}
