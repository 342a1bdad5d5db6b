import type { Surroundings } from '../../lib/stage/endpoints.ts'
import type { StagePlan } from '../../lib/stage/plan.ts'
import { type Asked, planCopies, planOf, readChain } from './chain.ts'

/**
 * Plans all stages of a chain. Throws Misuse with what to type instead.
 * @param name that of the process
 */
export async function planChain(text: string, name: string, around: Surroundings): Promise<StagePlan[]> {
  return planStages(await readChain(text), name, around)
}

/** The same of stages whose daemons were found before. */
export function planStages(asked: readonly Asked[], name: string, around: Surroundings): StagePlan[] {
  return asked.map((stage, n) => {
    const [before, after] = [asked[n - 1], asked[n + 1]]
    return stage.count === undefined
      ? planOf(stage, before, after, around)
      : planCopies(stage, before, after, name)
  })
}
