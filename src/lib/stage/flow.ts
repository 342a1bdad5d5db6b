import type { Stage } from './stage.ts'

/** What a process runs, from where its records come in to where they leave it: a chain, or several of them and copies of stages. */
export interface Flow {
  /** Those in this process, in the order of the flow. */
  readonly stages: readonly Stage[]
  /** Stages in processes of their own. */
  readonly copies: readonly CopyView[]
  /** Records that are in this process and not yet accepted beyond it. */
  readonly held: number
  /** Takes records in, until the input ends or `stopIntake` is called. */
  run(): Promise<void>
  stopIntake(): void
  /**
   * Settles when everything that was taken in is accepted beyond it. What is spooled is waited for until the signal; then
   * it may stay.
   */
  drain(stopping: AbortSignal): Promise<void>
  /** What the links have in hand gets `grace` milliseconds to leave. */
  close(grace: number): Promise<void>
}

/** A copy of a stage as others see it. */
export interface CopyView {
  readonly name: string
  readonly pid: number | undefined
  readonly restarts: number
  /** Addresses that it listens on, and those of its links to others. */
  readonly endpoints: readonly string[]
  /** What it waits for. */
  readonly waiting: readonly string[]
  /** As `isOpen` says of it. */
  readonly open: boolean
  /** Its exit code, as soon as it has ended for good. */
  readonly code: number | undefined
}

/** Addresses that it listens on, and those of its links to others. */
export function endpointsOf({ stages, copies }: Flow): string[] {
  return [...stages, ...copies].flatMap(({ endpoints }) => endpoints)
}

/** What its stages and copies wait for. */
export function waitingOf({ stages, copies }: Flow): string[] {
  const ofCopies = copies.flatMap(({ name, waiting }) => waiting.map(reason => `${name}: ${reason}`))
  return [...stages.flatMap(stage => [...stage.waiting.values()]), ...ofCopies]
}

/**
 * All of it is open and joined, which is when it says that it is ready. Whether somebody else is there to take its records is no part
 * of that: they may be started in any order, and what a spool has from before is offered to them while the rest is still opened.
 */
export function isOpen({ stages, copies }: Flow): boolean {
  const isStageOpen = ({ plan, waiting }: Stage) => {
    const ends = [...plan.push, ...plan.outputs.map(({ endpoint }) => endpoint)]
    const others = ends.filter(({ inner }) => !inner).map(({ address }) => address)
    return [...waiting.keys()].every(what => others.includes(what))
  }
  return stages.every(isStageOpen) && copies.every(({ open }) => open)
}
