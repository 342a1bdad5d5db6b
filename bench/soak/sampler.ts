// Looks at each daemon every few seconds, and keeps what it saw, also in a file of CSV.
import { appendFileSync, readdirSync, writeFileSync } from 'node:fs'
import { cpuSeconds, memoryOf } from '../support/proc.ts'
import type { Soaked } from './daemon.ts'
import type { DaemonName } from './plan.ts'

/** What is measured of a process. */
export interface Reading {
  /** Megabytes. */
  anonymous: number
  pss: number
  uss: number
  descriptors: number
  threads: number
  /** Milliseconds of CPU a second, since the last look. */
  cpu: number
}

export interface Sample extends Reading {
  /** Since the start of the soak. */
  seconds: number
  daemon: DaemonName
  /** Counts the starts of this daemon. */
  life: number
  /** Seconds since this life was ready. */
  age: number
}

const COLUMNS: readonly (keyof Sample)[] = [
  ...(['seconds', 'daemon', 'life', 'age', 'anonymous', 'pss'] as const),
  ...(['uss', 'descriptors', 'threads', 'cpu'] as const),
]

export class Sampler {
  readonly samples: Sample[] = []
  readonly #daemons: readonly Soaked[]
  readonly #csv: string
  readonly #start = performance.now()
  readonly #before = new Map<DaemonName, { life: number; cpu: number; at: number }>()

  constructor(daemons: readonly Soaked[], csv: string) {
    this.#daemons = daemons
    this.#csv = csv
    writeFileSync(csv, `${COLUMNS}\n`)
  }

  look(): void {
    for (const daemon of this.#daemons) {
      const sample = daemon.readyAt === undefined ? undefined : this.#lookAt(daemon, daemon.readyAt)
      if (!sample) continue
      this.samples.push(sample)
      appendFileSync(this.#csv, `${COLUMNS.map(column => rounded(sample[column]))}\n`)
    }
  }

  /** The last sample of a daemon. */
  last(daemon: DaemonName): Sample | undefined {
    return this.samples.findLast(sample => sample.daemon === daemon)
  }

  /** Undefined at the first look at a life, which is only where its CPU time begins. */
  #lookAt({ name, pid, life }: Soaked, readyAt: number): Sample | undefined {
    const at = performance.now()
    const cpu = cpuSeconds(pid)
    const before = this.#before.get(name)
    this.#before.set(name, { life, cpu, at })
    if (before?.life !== life) return undefined
    const { anonymous, pss, uss, threads } = memoryOf(pid)
    return {
      seconds: (at - this.#start) / 1000,
      daemon: name,
      life,
      age: (at - readyAt) / 1000,
      anonymous: anonymous / 1024,
      pss: pss / 1024,
      uss: uss / 1024,
      descriptors: readdirSync(`/proc/${pid}/fd`).length,
      threads,
      cpu: ((cpu - before.cpu) / (at - before.at)) * 1e6,
    }
  }
}

function rounded(value: string | number): string | number {
  return typeof value === 'number' ? Math.round(value * 100) / 100 : value
}
