import type { Logger } from 'pino'
import { type Endpoint, formatEndpoint } from '../endpoint.ts'
import type { Books } from '../engine/books.ts'
import { OutputTarget } from '../engine/output.ts'
import { Fatal } from '../errors.ts'
import type { LogRecord } from '../record.ts'
import type { OpenedSpool, SpoolStatus } from '../spool/open-spool.ts'
import { tappedSide } from '../tap/point.ts'
import type { Taps } from '../tap/taps.ts'
import { atMostEvery } from '../throttle.ts'
import { openPush } from '../transport/index.ts'
import type { LinkContext, LinkStatus, PushLink } from '../transport/link.ts'
import { createDropLog } from './drop-log.ts'
import type { StageFacts } from './facts.ts'
import { createOutlet } from './outlet.ts'
import type { OutputPlan } from './output-plan.ts'
import type { StagePlan } from './plan.ts'
import type { Pressure } from './pressure.ts'

/** What the outputs of a stage are given by it. */
export interface OutputsOptions {
  plan: StagePlan
  log: Logger
  facts: StageFacts
  /** For a link that is waited for under this name. */
  context(what: string): LinkContext
  /** Opens the spool of an output, if it has one. */
  openSpool(output: OutputPlan): Promise<OpenedSpool | undefined>
  refuse(record: LogRecord, reason: string, detail?: string): Promise<void>
  pressure: Pressure
  /** Whether somebody waits for what goes out there to be accepted. */
  isEager(push: readonly Endpoint[], hasSpool: boolean): boolean
  lost(error: unknown): void
  /** To be closed at the end, last opened first. */
  defer(close: (grace: number) => void | Promise<void>): void
  taps: Taps
}

/** An output as `/status` shows it (docs/admin.md). */
export interface OutputStatus {
  name: string
  endpoint: string
  whenFull: string
  books: Books
  buffer: { held: number; limit: number }
  /** Bytes of batches that came in and are not acknowledged because of it. */
  owed: number
  spool?: SpoolStatus
}

interface Opened {
  plan: OutputPlan
  link: PushLink
  spool: OpenedSpool | undefined
  target: OutputTarget
}

/** The outputs of a filter: each has a link, a buffer, a policy and a spool of its own. */
export class StageOutputs {
  readonly #options: OutputsOptions
  readonly #opened: Opened[] = []

  constructor(options: OutputsOptions) {
    this.#options = options
  }

  async open(): Promise<void> {
    for (const plan of this.#options.plan.outputs) this.#opened.push(await this.#open(plan))
  }

  get targets(): OutputTarget[] {
    return this.#opened.map(({ target }) => target)
  }

  get links(): LinkStatus[] {
    return this.#opened.flatMap(({ plan, link }) =>
      link.statuses.map(status => ({ ...status, output: plan.name })),
    )
  }

  get spools(): { output: string; status: SpoolStatus }[] {
    return this.#opened.flatMap(({ plan, spool }) =>
      spool ? [{ output: plan.name, status: spool.status }] : [],
    )
  }

  get statuses(): OutputStatus[] {
    return this.#opened.map(({ plan, target, spool }) => ({
      name: plan.name,
      endpoint: formatEndpoint(plan.endpoint),
      whenFull: plan.values.whenFull ?? 'block',
      books: target.books,
      buffer: { held: target.held, limit: plan.values.buffer },
      owed: target.owed,
      ...(spool && { spool: spool.status }),
    }))
  }

  hurry(): void {
    for (const target of this.targets) target.hurry()
  }

  async drainSpools(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#opened.map(({ spool }) => spool?.drain(signal)))
  }

  /** By its endpoint as it was typed. */
  targetOf(written: string): OutputTarget {
    const opened = this.#opened.find(({ plan }) => plan.written === written)
    if (!opened) throw new Fatal(`output ${written}: it is not among what \`outputs\` of the filter returns`)
    return opened.target
  }

  async #open(plan: OutputPlan): Promise<Opened> {
    const { context, openSpool, defer, facts, refuse, pressure, isEager, lost, taps } = this.#options
    const { name, endpoint, values } = plan
    const log = this.#options.log.child({ output: name })
    const spool = await openSpool(plan)
    const linkContext = context(endpoint.address)
    const link = await openPush([endpoint], {
      ...linkContext,
      log,
      waitingFor: reason => linkContext.waitingFor(reason && `output ${name}: ${reason}`),
    })
    defer(grace => link.close(grace))
    const drops = createDropLog(log, () => facts.waiting.values())
    defer(() => drops.close())
    const outlet = createOutlet(values, [link], undefined, spool, {
      refuse: ({ record, reason, detail }) => refuse(record, reason, detail),
      dropped: records => drops.note(records),
      eager: isEager([endpoint], spool !== undefined),
      lost,
      pressure: pressure.of(() => target.owed),
    })
    const maySay = atMostEvery(60_000)
    const target = new OutputTarget({
      name,
      outlet: tappedSide(outlet, taps.out, taps.output(name)),
      most: () => pressure.most,
      blocks: (values.whenFull ?? 'block') === 'block',
      waitingFor: reason => {
        facts.waitFor(`output ${name}`, reason)
        if (reason !== undefined && maySay()) log.warn(reason)
      },
    })
    defer(() => target.close())
    return { plan, link, spool, target }
  }
}
