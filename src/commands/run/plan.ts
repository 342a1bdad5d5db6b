import type { Surroundings } from '../../lib/stage/endpoints.ts'
import type { StagePlan } from '../../lib/stage/plan.ts'
import { planCopies, planOf, readChain } from './chain.ts'

/**
 * Plans all stages of a chain. Throws Misuse with what to type instead.
 * @param name that of the process
 */
export async function planChain(text: string, name: string, around: Surroundings): Promise<StagePlan[]> {
  const asked = await readChain(text)
  return asked.map((stage, n) => {
    const [before, after] = [asked[n - 1], asked[n + 1]]
    return stage.count === undefined
      ? planOf(stage, before, after, around)
      : planCopies(stage, before, after, name)
  })
}
