import type { Answer } from '../../lib/asking/answer.ts'

/** Somebody who was asked and did not answer. */
export interface Unanswered {
  address: string
  why: string
  /** Whether an answer was to be expected: it was named, or something is there. Else it ended without a word. */
  expected: boolean
}

/** What all of them said, sources first: what was pushed is counted before what was pulled. */
export interface Look {
  /** When it began and when it was over, epoch milliseconds. */
  from: number
  to: number
  answers: readonly Answer[]
  unanswered: readonly Unanswered[]
}

/** Sources and spools are asked first, sinks last: so what is on its way between them is not counted at the far end only. */
export function rankOf({ stages }: Answer): number {
  if (stages.some(({ shape, spools }) => shape === 'source' || spools.length > 0)) return 0
  return stages.some(({ shape }) => shape !== 'sink') ? 1 : 2
}
