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
  /** It is ready when there is nothing. */
  readonly waiting: readonly string[]
  /** Its exit code, as soon as it has ended for good. */
  readonly code: number | undefined
}
