import type { Readable, Writable } from 'node:stream'
import type { Logger } from 'pino'
import type { Reader, ReaderCounter } from './batch.ts'
import type { Context, FilterContext, Run } from './daemon.ts'
import { Books } from './engine/books.ts'
import { DeadLetters } from './engine/dead-letters.ts'
import { FilterStage } from './engine/filter-stage.ts'
import { Outlet } from './engine/outlet.ts'
import { SinkStage } from './engine/sink-stage.ts'
import { SourceStage } from './engine/source-stage.ts'
import type { Target } from './engine/target.ts'
import { createMint } from './id.ts'
import { createRecord, type Fields, type LogRecord, type Meta } from './record.ts'
import type { StagePlan } from './stage-options.ts'
import { openPull, openPush } from './transport/index.ts'
import type { LinkContext, LinkStatus, PullLink, PushLink } from './transport/link.ts'

/** What the stages of a process share. */
export interface Surface {
  /** The name of the process; a single daemon's stage has the same. */
  name: string
  log: Logger
  /** Whose standard streams the links may use. */
  host: { readonly stdin: Readable; readonly stdout: Writable }
  /** The path of a stage's file in the state folder, which is there after the call. */
  statePath(stage: string, file: string): Promise<string>
  /** Aborted when the process gives up. */
  signal: AbortSignal
  /** Ends the process with exit code 70. */
  fatal(error: unknown): void
  /** Called when what a stage waits for has changed. */
  changed(): void
}

/** One daemon at work between its links, or between its neighbours in the same process. */
export interface Stage {
  readonly name: string
  readonly plan: StagePlan
  readonly books: Books
  readonly links: readonly LinkStatus[]
  /** Addresses that it listens on, and those of its links. */
  readonly endpoints: readonly string[]
  readonly counters: ReadonlyMap<string, number>
  /** What it waits for, by name. Ready when there is nothing. */
  readonly waiting: ReadonlyMap<string, string>
  /** Bytes held in its buffer. */
  readonly held: () => number
  /** Where the stage before it puts its batches. */
  readonly intake: Target | undefined
  /** Reads until the input ends or `stopIntake` is called. */
  run(): Promise<void>
  stopIntake(): void
  /** From now on nothing waits for more company. */
  hurry(): void
  /** Gives up what a filter holds back. */
  flush(): Promise<void>
  close(grace: number): Promise<void>
}

/** What every daemon counts beside its records. */
export const ENGINE_COUNTERS: { readonly [counter in ReaderCounter]: string } = {
  notJson: 'Lines that start like a JSON object and are not one; taken as text',
  strangersMeta: 'Records with a @meta that cannot be honoured; renamed _meta',
  invalidUtf8: 'Texts that are not valid UTF-8; their bytes are kept in @meta.bytes',
}

/** Opens a stage: its push side, the daemon itself, then its pull side, so that nothing comes before it can go. */
export async function openStage(plan: StagePlan, surface: Surface, next?: Target): Promise<Stage> {
  const opening = new OpeningStage(plan, surface)
  try {
    return await opening.open(next)
  } catch (error) {
    await opening.close(0)
    throw error
  }
}

class OpeningStage implements Stage {
  readonly plan: StagePlan
  readonly books = new Books()
  readonly counters = new Map<string, number>()
  readonly waiting = new Map<string, string>()
  readonly #surface: Surface
  readonly #log: Logger
  readonly #mint = createMint()
  readonly #deadLetters: DeadLetters
  readonly #stopping = new AbortController()
  readonly #closers: ((grace: number) => void | Promise<void>)[] = []
  readonly #listening: string[] = []
  readonly #pulls: PullLink[] = []
  readonly #pushes: PushLink[] = []
  #outlet: Outlet | undefined
  #filter: FilterStage | undefined
  #sink: SinkStage | undefined
  #source: { stage: SourceStage; run: Run } | undefined

  constructor(plan: StagePlan, surface: Surface) {
    this.plan = plan
    this.#surface = surface
    this.#log = plan.name === surface.name ? surface.log : surface.log.child({ stage: plan.name })
    this.#deadLetters = new DeadLetters(() => this.#openDeadLetters())
    for (const counter in { ...ENGINE_COUNTERS, ...plan.daemon.counters }) this.counters.set(counter, 0)
  }

  get name(): string {
    return this.plan.name
  }

  get links(): LinkStatus[] {
    return [...this.#pulls, ...this.#pushes].map(link => link.status)
  }

  get endpoints(): string[] {
    return [...this.#listening, ...this.links.map(link => link.endpoint)]
  }

  get intake(): Target | undefined {
    return this.#filter ?? this.#sink
  }

  held(): number {
    return this.#sink?.held ?? this.#outlet?.held ?? 0
  }

  async open(next?: Target): Promise<Stage> {
    const { daemon, pull, push } = this.plan
    for (const endpoint of push) {
      const link = await openPush(endpoint, this.#linkContext(endpoint.address))
      this.#pushes.push(link)
      this.#closers.push(grace => link.close(grace))
    }
    if (daemon.shape !== 'sink') this.#outlet = this.#openOutlet(next)
    await this.#openDaemon()
    for (const endpoint of pull) {
      const link = await openPull(endpoint, this.#linkContext(endpoint.address))
      this.#pulls.push(link)
      this.#closers.push(() => link.close())
    }
    return this
  }

  async run(): Promise<void> {
    if (this.#source) await this.#source.stage.run(this.#source.run, this.#stopping.signal)
    const { intake } = this
    if (intake) await Promise.all(this.#pulls.map(link => link.run(intake)))
  }

  stopIntake(): void {
    this.#stopping.abort()
    for (const link of this.#pulls) link.stop()
  }

  hurry(): void {
    this.#outlet?.hurry()
    this.#sink?.hurry()
  }

  async flush(): Promise<void> {
    await this.#filter?.flush()
  }

  async close(grace: number): Promise<void> {
    for (const close of this.#closers.reverse()) await close(grace)
    await this.#source?.stage.close()
  }

  #openOutlet(next: Target | undefined): Outlet {
    const { values } = this.plan
    // A neighbour in the same process takes objects as they come: there is nothing to save by joining them.
    const links = next
      ? [{ form: 'records' as const, accept: next.accept.bind(next), room: next.room.bind(next) }]
      : this.#pushes
    return new Outlet({
      links,
      batch: next ? { bytes: 0, delay: 0 } : { bytes: values.batchBytes, delay: values.batchDelay },
      buffer: values.buffer,
      whenFull: values.whenFull ?? 'block',
      maxRecord: values.maxRecord,
      refuse: ({ record, reason, detail }) => this.#refuse(record, reason, detail),
    })
  }

  async #openDaemon(): Promise<void> {
    const { daemon, own } = this.plan
    if (daemon.shape === 'source') {
      const stage = new SourceStage({
        books: this.books,
        outlet: this.#outlet!,
        checkpointPath: name => this.#surface.statePath(this.name, `${this.name}.${name}`),
        refuse: (record, reason, detail) => this.#refuse(record, reason, detail),
        fatal: this.#surface.fatal,
      })
      const run = await daemon.open(
        own,
        this.#context((...refused) => stage.reject(...refused)),
      )
      this.#source = { stage, run }
    } else if (daemon.shape === 'filter') {
      const stage = this.#createFilterStage()
      stage.use(await daemon.open(own, this.#filterContext(stage)))
      this.#filter = stage
    } else {
      const stage = this.#createSinkStage(daemon.batch.concurrency)
      stage.use(
        await daemon.open(
          own,
          this.#context(() => undefined),
        ),
      )
      this.#sink = stage
    }
  }

  #createFilterStage(): FilterStage {
    const { values } = this.plan
    const { holdRecords, holdTimeout } = values
    return new FilterStage({
      books: this.books,
      outlet: this.#outlet!,
      refuse: (record, reason, detail) => this.#refuse(record, reason, detail),
      buffer: values.buffer,
      ...(holdRecords !== undefined && {
        hold: { records: holdRecords, bytes: values.buffer, timeout: holdTimeout! },
      }),
      fatal: this.#surface.fatal,
    })
  }

  #createSinkStage(concurrency: number): SinkStage {
    const { values } = this.plan
    return new SinkStage({
      books: this.books,
      batch: { bytes: values.batchBytes, delay: values.batchDelay, concurrency },
      buffer: values.buffer,
      refuse: (record, reason, detail) => this.#refuse(record, reason, detail),
      log: this.#log,
      signal: this.#surface.signal,
      fatal: this.#surface.fatal,
    })
  }

  #refuse(record: LogRecord, reason: string, detail?: string): Promise<void> {
    return this.#deadLetters.write(record, this.name, reason, detail)
  }

  async #openDeadLetters(): Promise<PushLink> {
    const endpoint = this.plan.deadLetters
    const address =
      endpoint?.address ?? (await this.#surface.statePath(this.name, `${this.name}.dead.ndjson`))
    const { openPush } = await import('./transport/file.ts')
    const link = await openPush(
      { direction: 'push', mode: 'connect', scheme: 'file', address, query: {} },
      this.#linkContext('dead letters'),
      this.plan.values.deadLettersLimit,
    )
    this.#log.warn({ file: address }, 'a record was refused; it is kept there as a dead letter')
    this.#closers.unshift(grace => link.close(grace))
    return link
  }

  #context(reject: Context['reject']): Context {
    return {
      name: this.name,
      log: this.#log,
      count: (counter, n = 1) => this.#count(counter, n),
      record: (fields, meta) => this.#createRecord(fields, meta),
      reject,
      defer: close => this.#closers.push(() => close()),
      waitingFor: (what, reason) => this.#waitingFor(what, reason),
      listening: endpoint => this.#listening.push(endpoint),
      signal: this.#surface.signal,
    }
  }

  #filterContext(stage: FilterStage): FilterContext {
    return {
      ...this.#context((record, reason, detail) => stage.reject(record, reason, detail)),
      drop: (record, reason) => stage.drop(record, reason),
      hold: record => stage.hold(record),
      join: (out, tokens) => stage.join(out, tokens),
    }
  }

  #linkContext(what: string): LinkContext {
    const { values } = this.plan
    const reader: Reader = {
      mint: this.#mint,
      now: Date.now,
      count: counter => this.#count(counter, 1),
      maxRecord: values.maxRecord,
    }
    return {
      log: this.#log,
      reader,
      maxMessage: values.maxMessage,
      host: this.#surface.host,
      waitingFor: reason => this.#waitingFor(what, reason),
      signal: this.#surface.signal,
    }
  }

  #createRecord(fields: Fields, meta?: Partial<Meta>): LogRecord {
    if (Object.hasOwn(fields, '@meta')) this.#count('strangersMeta', 1)
    return createRecord({ id: this.#mint(), received: Date.now(), ...meta }, fields)
  }

  #count(counter: string, n: number): void {
    this.counters.set(counter, (this.counters.get(counter) ?? 0) + n)
  }

  #waitingFor(what: string, reason: string | undefined): void {
    const changed = this.waiting.get(what) !== reason
    if (reason === undefined) this.waiting.delete(what)
    else this.waiting.set(what, reason)
    if (changed) this.#surface.changed()
  }
}
