import { allInTurn } from '../in-turn.ts'
import type { Logger } from '../process/log.ts'
import type { Surface } from '../process/surface.ts'
import { Chain } from '../stage/chain.ts'
import type { Flow } from '../stage/flow.ts'
import type { StagePlan } from '../stage/plan.ts'
import { Copy } from './copy.ts'
import { awaitEarlierLife } from './earlier-life.ts'
import { type CopiesLayout, layOut, socketsOf } from './layout.ts'
import { openSocketFolder, type SocketFolder } from './socket-folder.ts'
import { StageCopies } from './stage-copies.ts'
import { type Starter, startCopy } from './start.ts'

/** What copies are given by the process that starts them. */
export interface Start {
  host: Starter
  env: NodeJS.ProcessEnv
  /** Where sockets belong, if anywhere. */
  runtime: string | undefined
  /** Flags of this process that are theirs too: `--grace 30s`. */
  flags: readonly string[]
}

/** A chain of which some stages have copies: chains in this process and processes of their own, joined by acknowledged links. */
export class Parts implements Flow {
  /** In the order of the flow. */
  readonly #parts: readonly Flow[]
  readonly #folder: SocketFolder

  private constructor(parts: readonly Flow[], folder: SocketFolder) {
    this.#parts = parts
    this.#folder = folder
  }

  /** Opens the last part first, so that each one finds its next. Ends what it opened when one fails. */
  static async open(plans: readonly StagePlan[], surface: Surface, start: Start): Promise<Parts> {
    warnOfOrder(plans, surface.log)
    const folder = openSocketFolder(start.runtime, surface.name, socketsOf(plans))
    const common = { name: surface.name, flags: start.flags, endpointOf: folder.endpointOf }
    const layouts = layOut(plans, common)
    const names = layouts.flatMap(part => ('copies' in part ? part.copies.map(({ name }) => name) : []))
    await awaitEarlierLife(names, start.env, surface.log, surface.signal)
    const failed = new AbortController()
    const signal = AbortSignal.any([surface.signal, failed.signal])
    const parts: Flow[] = []
    try {
      for (const [n, layout] of [...layouts.entries()].toReversed()) {
        if ('plans' in layout) parts.unshift(await Chain.open(layout.plans, surface))
        else {
          const copies = startCopies(layout, n === 0, { ...surface, signal }, start, folder.path)
          parts.unshift(copies)
          await copies.opened()
        }
      }
    } catch (error) {
      failed.abort()
      for (const part of parts) await part.close(0)
      folder.remove()
      throw error
    }
    return new Parts(parts, folder)
  }

  get stages() {
    return this.#parts.flatMap(part => part.stages)
  }

  get copies() {
    return this.#parts.flatMap(part => part.copies)
  }

  get held(): number {
    return Math.max(...this.#parts.map(part => part.held))
  }

  /** The input is that of the first part; the others have one as long as it has. */
  async run(): Promise<void> {
    const [first, ...others] = this.#parts.map(part => part.run())
    const failed = Promise.all(others).then(() => new Promise<never>(() => {}))
    await Promise.race([first, failed])
  }

  stopIntake(): void {
    this.#parts[0]!.stopIntake()
  }

  /** One part after the other, in the order of the flow: nobody is stopped before the one who sends to it has nothing left. */
  async drain(stopping: AbortSignal): Promise<void> {
    for (const part of this.#parts) {
      part.stopIntake()
      await part.drain(stopping)
    }
  }

  async close(grace: number): Promise<void> {
    await allInTurn([...this.#parts.map(part => () => part.close(grace)), () => this.#folder.remove()])
  }
}

/** What joins records wants them in the order of one producer. */
function warnOfOrder(plans: readonly StagePlan[], log: Logger): void {
  const copied = plans.findIndex(({ copies }) => copies !== undefined && copies.count > 1)
  const joins = plans.slice(copied + 1).find(({ daemon }) => daemon.shape === 'filter' && daemon.hold)
  if (copied === -1 || !joins) return
  log.warn(`${joins.name} joins records, and behind the copies of ${plans[copied]!.name} they keep no order`)
}

function startCopies(
  { stage, copies, hasSpool }: CopiesLayout,
  isFirst: boolean,
  { log, signal, changed }: Surface,
  { host, env }: Start,
  links: string,
): StageCopies {
  return new StageCopies(
    copies.map(
      ({ name, args }) =>
        new Copy({
          name,
          start: () => startCopy(host, args, env, links),
          log: log.child({ stage, copy: name }),
          mayEnd: isFirst,
          mayLeave: isFirst || hasSpool,
          signal,
          changed,
        }),
    ),
  )
}
