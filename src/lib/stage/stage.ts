import { join } from 'node:path'
import type { Logger } from 'pino'
import { type Endpoint, formatEndpoint } from '../endpoint.ts'
import { Books } from '../engine/books.ts'
import type { DeadLetters } from '../engine/dead-letters.ts'
import { Nowhere } from '../engine/nowhere.ts'
import type { PushSide, Target } from '../engine/target.ts'
import { messageOf, ofStage } from '../errors.ts'
import { createMint } from '../id.ts'
import { allInTurn } from '../in-turn.ts'
import type { Surface } from '../process/surface.ts'
import type { LogRecord } from '../record.ts'
import type { OpenedSpool, SpoolStatus } from '../spool/open-spool.ts'
import { tapped, tappedSide } from '../tap/point.ts'
import { Taps } from '../tap/taps.ts'
import type { CertificateView } from '../tls/certificates.ts'
import { openPulls, openPushes } from '../transport/index.ts'
import type { LinkContext, LinkStatus, PullLink, PushLink } from '../transport/link.ts'
import { createContext } from './context.ts'
import { type Core, openCore } from './core.ts'
import { cannotKeep, createDeadLetters } from './dead-letters.ts'
import { createDropLog } from './drop-log.ts'
import { ENGINE_COUNTERS, StageFacts } from './facts.ts'
import { createLinkContexts } from './link-contexts.ts'
import type { StageValues } from './options.ts'
import { createOutlet } from './outlet.ts'
import { type OutputStatus, StageOutputs } from './outputs.ts'
import { isEager, type StagePlan } from './plan.ts'
import { Pressure } from './pressure.ts'
import { openStageSpool } from './spool.ts'

/** One daemon at work between its links, or between its neighbours in the same process. */
export class Stage {
  readonly plan: StagePlan
  readonly books = new Books()
  readonly #surface: Surface
  readonly #log: Logger
  readonly #mint = createMint()
  readonly #linkContext: (what: string) => LinkContext
  readonly #facts: StageFacts
  readonly #deadLetters: DeadLetters
  readonly #stopping = new AbortController()
  readonly #closers: ((grace: number) => void | Promise<void>)[] = []
  readonly #pulls: PullLink[] = []
  readonly #pushes: PushLink[] = []
  #spool: OpenedSpool | undefined
  readonly #pressure: Pressure
  readonly #outputs: StageOutputs
  readonly #taps: Taps
  #intake: Target | undefined
  #core: Core | undefined
  #refusing = 0
  #isClosing = false

  private constructor(plan: StagePlan, surface: Surface) {
    this.plan = plan
    this.#surface = surface
    this.#log = plan.name === surface.name ? surface.log : surface.log.child({ stage: plan.name })
    this.#facts = new StageFacts(
      Object.keys({ ...ENGINE_COUNTERS, ...plan.daemon.counters }),
      surface.changed,
    )
    this.#linkContext = createLinkContexts({
      values: plan.values,
      log: this.#log,
      mint: this.#mint,
      facts: this.#facts,
      surface,
      refuse: (record, reason, detail) => this.#refuse(record, reason, detail),
    })
    this.#deadLetters = createDeadLetters({
      to: plan.deadLetters,
      // They wait for a folder that cannot be made: somebody may make it, and until then nothing is lost.
      path: () => this.#statePath('dead.ndjson').catch(error => Promise.reject(new Error(messageOf(error)))),
      limit: plan.values.deadLettersLimit,
      stage: plan.name,
      context: this.#linkContext,
      // The last to be closed: what is closed before them may still refuse something.
      defer: close => this.#closers.unshift(close),
    })
    this.#pressure = new Pressure(surface.windows, plan.pull.length === 0 ? plan.values.buffer : undefined)
    this.#taps = new Taps(plan.daemon.shape)
    this.#outputs = new StageOutputs({
      plan,
      log: this.#log,
      facts: this.#facts,
      context: this.#linkContext,
      openSpool: ({ name, values }) => this.#openSpool(values, name),
      refuse: (record, reason, detail) => this.#refuse(record, reason, detail),
      pressure: this.#pressure,
      isEager: (...side) => isEager(this.#from, ...side),
      lost: error => this.#lost(error),
      defer: close => this.#closers.push(close),
      taps: this.#taps,
    })
  }

  /** Opens its push side (or takes its neighbour), the daemon itself, then its pull side: nothing comes before it can go. */
  static async open(plan: StagePlan, surface: Surface, next?: Target): Promise<Stage> {
    const stage = new Stage(plan, surface)
    try {
      await stage.#open(next)
      return stage
    } catch (error) {
      await stage.close(0).catch(() => {})
      throw plan.name === surface.name ? error : ofStage(plan.name, error)
    }
  }

  get name(): string {
    return this.plan.name
  }

  get links(): readonly LinkStatus[] {
    return [...[...this.#pulls, ...this.#pushes].flatMap(link => link.statuses), ...this.#outputs.links]
  }

  /** Addresses that it listens on, and those of its links to others. */
  get endpoints(): readonly string[] {
    const { pull, push } = this.plan
    const inner = [...pull, ...push].filter(endpoint => endpoint.inner).map(formatEndpoint)
    const links = this.links.map(link => link.endpoint)
    return [...this.#facts.listening, ...links.filter(endpoint => !inner.includes(endpoint))]
  }

  get certificates(): readonly CertificateView[] {
    return this.#facts.certificates
  }

  get counters(): ReadonlyMap<string, number> {
    return this.#facts.counters
  }

  /** Reasons by what it waits for. Ready when there is none. */
  get waiting(): ReadonlyMap<string, string> {
    return this.#facts.waiting
  }

  /** Where the stage before it puts its batches. */
  get intake(): Target | undefined {
    return this.#intake
  }

  /** What is on disk and not accepted downstream; undefined where there is no spool. */
  get spool(): SpoolStatus | undefined {
    return this.#spool?.status
  }

  /** Its spool, and those of its outputs. */
  get spools(): readonly { output?: string; status: SpoolStatus }[] {
    return [...(this.#spool ? [{ status: this.#spool.status }] : []), ...this.#outputs.spools]
  }

  /** Its outputs, as `/status` shows them. */
  get outputs(): readonly OutputStatus[] {
    return this.#outputs.statuses
  }

  /** Waits until its spools are empty, or until the signal, and then only as long as something happens. */
  async drainSpools(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#spool?.drain(signal), this.#outputs.drainSpools(signal)])
  }

  /** Bytes held in the buffer of its push side. */
  get held(): number {
    return this.#core?.held() ?? 0
  }

  /** Records that are on their way to the dead letters. */
  get refusing(): number {
    return this.#refusing
  }

  /** Takes in until there is no more or `stopIntake` is called. */
  async run(): Promise<void> {
    const { intake } = this
    if (intake) await Promise.all(this.#pulls.map(link => link.run(intake)))
    else await this.#core!.run(this.#stopping.signal)
  }

  stopIntake(): void {
    this.#stopping.abort()
    for (const link of this.#pulls) link.stop()
  }

  /** From now on nothing waits for more company. */
  hurry(): void {
    this.#core!.hurry()
    this.#outputs.hurry()
  }

  /** Gives up what a filter holds back. */
  async flush(): Promise<void> {
    await this.#core!.flush()
  }

  /** Closes what was opened, last opened first. What links have in hand gets `grace` milliseconds to leave. */
  async close(grace: number): Promise<void> {
    this.#isClosing = true
    await allInTurn(this.#closing(grace))
  }

  /** One by one, because a dead letter on the way may still add to them. */
  *#closing(grace: number): Generator<() => void | Promise<void>> {
    for (let close = this.#closers.pop(); close; close = this.#closers.pop()) {
      const last = close
      yield () => last(grace)
    }
  }

  async #open(next: Target | undefined): Promise<void> {
    const { daemon, pull, push } = this.plan
    this.#openTaps()
    const contextOf = ({ address }: Endpoint) => this.#linkContext(address)
    const hasPush = push.length > 0 || next !== undefined
    if (hasPush) this.#spool = await this.#openSpool(this.plan.values)
    await openPushes(push, contextOf, link => {
      this.#pushes.push(link)
      this.#closers.push(grace => link.close(grace))
    })
    const outlet = hasPush ? this.#createOutlet(next) : undefined
    await this.#outputs.open()
    // Before anybody is told that it is ready.
    if (daemon.shape === 'source' && daemon.keepsPlace) await this.#surface.stateFolder()
    const core = await openCore({
      plan: this.plan,
      books: this.books,
      outlet: outlet ? tappedSide(outlet, this.#taps.push()) : new Nowhere(),
      hasPush,
      outputs: this.#outputs,
      refuse: (record, reason, detail) => this.#refuse(record, reason, detail),
      statePath: name => this.#statePath(name),
      context: reject =>
        createContext({
          name: this.name,
          log: this.#log,
          facts: this.#facts,
          mint: this.#mint,
          surface: this.#surface,
          maxRecord: this.plan.values.maxRecord,
          defer: close => this.#closers.push(close),
          reject,
        }),
      pressure: this.#pressure,
      fatal: this.#surface.fatal,
    })
    this.#core = core
    this.#intake = core.intake && tapped(core.intake, this.#taps.in)
    this.#closers.push(() => core.close())
    await openPulls(pull, contextOf, link => {
      this.#pulls.push(link)
      if (link.window) this.#surface.windows.add(() => link.window!())
      this.#closers.push(() => link.close())
    })
  }

  /** The last to be closed, with what is still on its way: whoever looks sees all of it. */
  #openTaps(): void {
    const { admin, name } = this.#surface
    const path = this.name === name ? '/tap' : `/${this.name}/tap`
    admin.set(path, request => this.#taps.answer(request))
    this.#closers.push(() => this.#taps.close())
  }

  #createOutlet(next: Target | undefined): PushSide {
    const drops = createDropLog(this.#log, () => this.#facts.waiting.values())
    this.#closers.push(() => drops.close())
    return createOutlet(this.plan.values, this.#pushes, next, this.#spool, {
      refuse: ({ record, reason, detail }) => this.#refuse(record, reason, detail),
      dropped: records => drops.note(records),
      eager: isEager(this.#from, this.plan.push, this.#spool !== undefined),
      lost: error => this.#lost(error),
      // Whom a source takes from, it knows itself.
      ...(this.plan.daemon.shape === 'filter' && {
        pressure: this.#pressure.of(() => this.#core?.owed?.() ?? 0),
      }),
    })
  }

  /** What takes in what goes out here: the stage itself, or the first one of its process. */
  get #from(): StagePlan {
    const { daemon, pull } = this.plan
    return daemon.shape === 'filter' && pull.length === 0 ? this.#surface.first : this.plan
  }

  /**
   * The spool of its push side, or of an output. It is closed after the links that empty it: until then they may acknowledge what
   * is in it.
   */
  async #openSpool(values: StageValues, output?: string): Promise<OpenedSpool | undefined> {
    const spool = await openStageSpool({
      values,
      owner: this.#ownName,
      output,
      log: this.#log,
      facts: this.#facts,
      reader: this.#linkContext('spool').reader,
      surface: this.#surface,
    })
    if (spool) this.#closers.push(() => spool.close())
    return spool
  }

  /**
   * Whoever refuses a record only waits for it to be kept. Where it never can be, nobody else would hear of that, and it
   * would be held for ever.
   */
  async #refuse(record: LogRecord, reason: string, detail?: string): Promise<void> {
    this.#refusing++
    try {
      await this.#deadLetters.write(record, this.name, reason, detail)
    } catch (error) {
      if (this.#isClosing || this.#surface.signal.aborted) throw error
      const fatal = cannotKeep(this.plan.deadLetters, error)
      this.#surface.fatal(fatal)
      throw fatal
    } finally {
      this.#refusing--
    }
  }

  /** The path of a file of its own: `NAME.FILE`, and of a stage among others `NAME.STAGE.FILE`. */
  async #statePath(file: string): Promise<string> {
    return join(await this.#surface.stateFolder(), `${this.#ownName}.${file}`)
  }

  /** A link that is closed has what it holds undelivered; an open one never fails. */
  #lost(error: unknown): void {
    // Why nothing can go out any more may be told a moment later.
    setImmediate(() => {
      if (!this.#isClosing && !this.#surface.signal.aborted) this.#surface.fatal(error)
    })
  }

  get #ownName(): string {
    const { name } = this.#surface
    return this.name === name ? name : `${name}.${this.name}`
  }
}
