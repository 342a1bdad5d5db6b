import { formatEndpoint, isConfirming } from '../endpoint.ts'
import { allInTurn } from '../in-turn.ts'
import type { Logger } from '../process/log.ts'
import type { Surface } from '../process/surface.ts'
import type { Flow } from './flow.ts'
import { hasSpool, hasWaitingSenders, type StagePlan } from './plan.ts'
import { Stage } from './stage.ts'

/** Stages joined in one process: a single daemon is a chain of one. */
export class Chain implements Flow {
  /** In the order of the flow. */
  readonly stages: readonly Stage[]
  readonly copies = []
  #ended: Promise<void> | undefined

  private constructor(stages: readonly Stage[]) {
    this.stages = stages
  }

  /** Opens the last stage first, so that each one finds its next. Closes what it opened when one fails. */
  static async open(plans: readonly StagePlan[], surface: Surface): Promise<Chain> {
    const stages: Stage[] = []
    try {
      for (const plan of plans.toReversed())
        stages.unshift(await Stage.open(plan, surface, stages[0]?.intake))
    } catch (error) {
      for (const stage of stages) await stage.close(0)
      throw error
    }
    return new Chain(stages)
  }

  get held(): number {
    return Math.max(...this.stages.map(stage => stage.books.held))
  }

  run(): Promise<void> {
    this.#ended ??= Promise.all(this.stages.map(stage => stage.run())).then(() => {})
    return this.#ended
  }

  stopIntake(): void {
    for (const stage of this.stages) stage.stopIntake()
  }

  async drain(stopping: AbortSignal): Promise<void> {
    // An input that failed has ended too.
    await this.#ended?.catch(() => {})
    for (const stage of this.stages) stage.hurry()
    // All at once: what one stage holds back is what the stage before it waits for.
    await Promise.all(this.stages.map(stage => stage.flush()))
    await Promise.all(this.stages.map(stage => stage.books.idle()))
    for (const stage of this.stages) await stage.drainSpools(stopping)
  }

  /** Closes in the order of the flow: nobody is closed before the one who sends to it. */
  async close(grace: number): Promise<void> {
    await allInTurn(this.stages.map(stage => () => stage.close(grace)))
  }
}

/** Whoever asks for acknowledgements or a spool should know where they end. */
export function warnOfPlainEnd(plans: readonly StagePlan[], log: Logger): void {
  const ends = [...plans.at(-1)!.push, ...plans.flatMap(({ outputs }) => outputs.map(one => one.endpoint))]
  const end = ends.find(endpoint => !isConfirming(endpoint))
  if (!end) return
  const [first] = plans
  if (!hasWaitingSenders(first!) && !plans.some(hasSpool)) return
  log.warn(
    `${formatEndpoint(end)} does not acknowledge: records count as delivered when they are handed on, and what is lost behind it is lost`,
  )
}
