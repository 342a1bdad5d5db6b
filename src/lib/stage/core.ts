import type { Asking, Context, Filter, FilterContext, Holding, LineWriter, Sink, Source } from '../daemon.ts'
import type { Books } from '../engine/books.ts'
import { FilterStage } from '../engine/filter-stage.ts'
import { SinkStage } from '../engine/sink-stage.ts'
import { SourceStage } from '../engine/source-stage.ts'
import type { PushSide, Target } from '../engine/target.ts'
import { Fatal } from '../errors.ts'
import type { LogRecord } from '../record.ts'
import type { StageOutputs } from './outputs.ts'
import type { StagePlan } from './plan.ts'
import type { Pressure } from './pressure.ts'

/** The daemon at work, whatever its shape. */
export interface Core {
  /** Where batches come in; a source has no such place. */
  readonly intake?: Target
  /** Emits until there is no more or the signal; what takes batches in only waits for them. */
  run(signal: AbortSignal): Promise<void>
  /** From now on nothing waits for more company. */
  hurry(): void
  /** Gives up what a filter holds back. */
  flush(): Promise<void>
  /** Writes down what is not on disk yet. */
  close(): Promise<void>
  /** Bytes in its buffer. */
  held(): number
  /** Bytes that came in and are not acknowledged; of a filter. */
  owed?(): number
}

/** What the core of a stage is given by the stage. */
export interface Around {
  plan: StagePlan
  books: Books
  /** The push side, which a sink does not use. */
  outlet: PushSide
  hasPush: boolean
  /** Where a filter puts records beside it. */
  outputs: Pick<StageOutputs, 'targets' | 'targetOf'>
  /** Settles when the refused record is durable as a dead letter. */
  refuse(record: LogRecord, reason: string, detail?: string): Promise<void>
  /** The path of a file of this name in the state folder. */
  statePath(name: string): Promise<string>
  context(reject: Context['reject']): Context
  pressure: Pressure
  fatal(error: unknown): void
}

const NOTHING = async () => {}

export async function openCore(around: Around): Promise<Core> {
  const { daemon } = around.plan
  if (daemon.shape === 'source') return openSource(daemon, around)
  return daemon.shape === 'filter' ? openFilter(daemon, around) : openSink(daemon, around)
}

async function openSource(daemon: Source, around: Around): Promise<Core> {
  const { plan, books, outlet, refuse, fatal } = around
  const { buffer } = plan.values
  const stage = new SourceStage({
    books,
    outlet,
    checkpointPath: around.statePath,
    refuse,
    buffer,
    waitingFor: (what, reason) => context.waitingFor(what, reason),
    count: counter => context.count(counter),
    fatal,
  })
  const context = around.context((...refused) => stage.reject(...refused))
  const run = checkOpened(plan.name, await daemon.open(plan.own, context))
  return {
    run: signal => stage.run(run, signal),
    hurry: () => outlet.hurry(),
    flush: NOTHING,
    close: () => stage.close(),
    held: () => outlet.held,
  }
}

async function openFilter(daemon: Filter, around: Around): Promise<Core> {
  const { plan, books, outlet, outputs, refuse, fatal } = around
  const { buffer, holdRecords, holdTimeout } = plan.values
  const hold =
    holdRecords === undefined ? {} : { hold: { records: holdRecords, bytes: buffer, timeout: holdTimeout! } }
  const stage = new FilterStage({
    books,
    outlet,
    outputs: outputs.targets,
    refuse,
    buffer,
    ...hold,
    keepsBytes: daemon.keepsBytes ?? false,
    ...(daemon.passes && { passes: { maxRecord: plan.values.maxRecord } }),
    fatal,
  })
  const context: FilterContext = {
    ...around.context((record, reason, detail) => stage.reject(record, reason, detail)),
    drop: (record, reason, after) => stage.drop(record, reason, after),
    acceptance: () => stage.acceptance(),
    hasPush: around.hasPush,
    output: endpoint => stage.outputOf(outputs.targetOf(endpoint)),
    hold: record => stage.hold(record),
    join: (out, tokens) => stage.join(out, tokens),
  }
  stage.use(checkOpened(plan.name, await daemon.open(plan.own, context)))
  return {
    intake: stage,
    run: NOTHING,
    hurry: () => outlet.hurry(),
    flush: () => stage.flush(),
    close: NOTHING,
    held: () => outlet.held,
    owed: () => stage.owed,
  }
}

async function openSink(daemon: Sink, around: Around): Promise<Core> {
  const { plan, books, refuse, fatal } = around
  const { buffer, batchBytes, batchDelay, maxRecord } = plan.values
  const context = around.context(() => {
    throw new Fatal('reject: a sink says what became of a record in what `write` resolves to')
  })
  const { log, signal } = context
  const batch = { bytes: batchBytes, delay: batchDelay, concurrency: daemon.batch.concurrency }
  const window = () => Math.min(buffer, around.pressure.credit)
  const stage = new SinkStage({ books, batch, buffer, maxRecord, window, refuse, log, signal, fatal })
  stage.use(checkOpened(plan.name, await daemon.open(plan.own, context)))
  return {
    intake: stage,
    run: NOTHING,
    hurry: () => stage.hurry(),
    flush: NOTHING,
    close: NOTHING,
    held: () => stage.held,
  }
}

/** Nothing has checked the types of somebody's own daemon. */
function checkOpened<T>(name: string, opened: T): T {
  const { filter, flush, ask, writeLines } = (opened ?? {}) as Partial<Holding & Asking & LineWriter>
  const holds = typeof filter === 'function' && typeof flush === 'function'
  const others = [ask, writeLines].some(one => typeof one === 'function')
  if (typeof opened === 'function' || holds || others) return opened
  throw new Fatal(
    `${name}: open must return a function (of a filter that holds: { filter, flush }, or asks: { ask }; of a sink of lines: { writeLines })`,
  )
}
