import type { Readable, Writable } from 'node:stream'
import type { AdminHandler } from '../admin/handler.ts'
import { processStatus } from '../admin/status.ts'
import { graceAlone } from '../copies/alone.ts'
import type { Starter } from '../copies/start.ts'
import type { Told } from '../copies/supervised.ts'
import { Fatal, Misuse, messageOf } from '../errors.ts'
import type { Face } from '../serve.ts'
import { Chain, warnOfPlainEnd } from '../stage/chain.ts'
import { endpointsOf, type Flow, isOpen, waitingOf } from '../stage/flow.ts'
import type { StagePlan } from '../stage/plan.ts'
import type { Service } from '../systemd/service.ts'
import type { HandedSockets } from '../systemd/sockets.ts'
import { version } from '../version.ts'
import { EXIT } from './exit.ts'
import type { Logger } from './log.ts'
import { openPlace, type Place, runtimeFolder } from './place.ts'
import { stopPretenuring } from './pretenuring.ts'
import { aborted } from './signals.ts'
import type { Surface } from './surface.ts'

export interface LifeOptions {
  name: string
  /** As it was typed, for `/status`. */
  command: string
  /** The configuration file that was read. */
  configuration?: string | undefined
  options: { name: string | undefined; admin: Face | undefined; grace: number; logLevel?: string }
  plans: readonly StagePlan[]
  log: Logger
  /** The process. Its streams are made when somebody asks for them, which most daemons never do. */
  host: Starter & { readonly stdin: Readable; readonly stdout: Writable; exit(code: number): never }
  env: NodeJS.ProcessEnv
  /** What systemd has handed over. */
  sockets: HandedSockets
  /** Given where systemd wants to be told. */
  service?: Service | undefined
  /** Given to a copy of a stage, which whoever started it speaks for. */
  tell?(told: Told): void
}

/**
 * One life: open, ready, run, drain, close. It ends by itself when the input does. The first `stop` drains and
 * closes; a second one, or the end of the grace, ends the draining.
 */
export class Life {
  readonly #options: LifeOptions
  readonly #log: Logger
  readonly #started = Date.now()
  readonly #stopping = new AbortController()
  readonly #givenUp = new AbortController()
  #stopBy = Number.POSITIVE_INFINITY
  #flow: Flow | undefined
  /** Records in the spools that are open, which may be before the flow is. */
  readonly #spools = new Set<() => number>()
  readonly #admin = new Map<string, AdminHandler>()
  readonly #reloads = new Set<() => void | Promise<void>>()
  #place: Place | undefined
  #saidReady = false
  // Why nothing can go out any more.
  #gone: string | undefined

  constructor(options: LifeOptions) {
    this.#options = options
    this.#log = options.log
  }

  /** Lives, and returns the exit code. */
  async live(): Promise<number> {
    const { service } = this.#options
    service?.begin({ flow: () => this.#flow, spooled: () => this.#spooled, log: this.#log })
    try {
      const code = await this.#live()
      service?.end()
      return code
    } catch (error) {
      service?.end(messageOf(error))
      throw error
    }
  }

  async #live(): Promise<number> {
    const { name, options, env } = this.#options
    this.#place = await openPlace(name, { ...options, sockets: this.#options.sockets }, env, this.#log, {
      status: () => this.#status(),
      stages: () => this.#flow?.stages ?? [],
      waiting: () => this.#waiting(),
      handlers: this.#admin,
      reloads: this.#reloads,
    })
    this.#log.debug({ version, admin: this.#place.admin }, 'starting')
    try {
      this.#flow = await this.#open()
      if (!this.#flow) return this.#sayStopped(0)
      this.#warnOfSockets()
      this.#options.service?.ready()
      this.#changed()
      stopPretenuring()
      return await this.#run(this.#flow)
    } finally {
      this.#place.close()
    }
  }

  stop(signal: string, grace = this.#options.options.grace): void {
    if (this.#stopping.signal.aborted) {
      this.#log[this.#isCopy ? 'debug' : 'warn']({ signal }, 'second signal: not waiting any more')
      this.#givenUp.abort()
      return
    }
    this.#log[this.#isCopy ? 'debug' : 'info'](
      { signal, held: this.#flow?.held ?? 0, waiting: this.#waiting() },
      'stopping',
    )
    this.#allow(grace)
    this.#options.service?.stopping(grace)
    this.#stopping.abort()
  }

  /** The one who started this copy, and would have stopped it in its turn, is gone. */
  async leftAlone(): Promise<void> {
    this.#log.warn('the process that started this copy is gone: it stops')
    const links = () => this.#flow?.stages.flatMap(stage => stage.links) ?? []
    const grace = await graceAlone(links, this.#options.options.grace)
    if (!this.#stopping.signal.aborted) this.stop('alone', grace)
  }

  /** Reads again what may have changed on disk. */
  async reload(): Promise<void> {
    const { service } = this.#options
    service?.reloading()
    if (this.#reloads.size === 0) this.#log.info('SIGHUP: there is nothing to read again')
    for (const reload of this.#reloads) {
      try {
        await reload()
      } catch (error) {
        this.#log.error(`SIGHUP: what was read before stays: ${messageOf(error)}`)
      }
    }
    service?.reloaded()
  }

  /** Ends the process. Nothing more is promised: what was not acknowledged comes again from upstream. */
  fail(error: unknown): never {
    this.#logFailure(error)
    this.#options.service?.end(messageOf(error))
    // What lies in the folder would look like a daemon that does not answer.
    this.#place?.close()
    return this.#options.host.exit(EXIT.failure)
  }

  #logFailure(error: unknown): void {
    if (error instanceof Fatal || error instanceof Misuse) this.#log.fatal(error.message)
    else this.#log.fatal({ err: error }, `this is a bug: ${messageOf(error)}`)
  }

  /** From now on it may take so many milliseconds. The timer is no reason to stay when everything else is done. */
  #allow(grace: number): void {
    this.#stopBy = Date.now() + grace
    setTimeout(() => this.#givenUp.abort(), grace).unref()
  }

  /** Undefined when it was stopped while it was being opened. */
  async #open(): Promise<Flow | undefined> {
    const { name, host } = this.#options
    const opening = this.#openFlow({
      name,
      log: this.#log,
      host,
      env: this.#options.env,
      sockets: this.#options.sockets,
      stateFolder: () => this.#place!.stateFolder(),
      first: this.#options.plans[0]!,
      signal: this.#givenUp.signal,
      fatal: error => this.fail(error),
      gone: reason => {
        this.#gone ??= reason
        this.#givenUp.abort()
        this.#stopping.abort()
      },
      windows: new Set(),
      spools: this.#spools,
      admin: this.#admin,
      reloads: this.#reloads,
      changed: () => this.#changed(),
    })
    const flow = await Promise.race([opening, aborted(this.#stopping.signal)])
    if (flow) return flow
    // Whoever is still opening is told that nobody waits.
    this.#givenUp.abort()
    opening.then(late => late.close(0)).catch(() => {})
    return undefined
  }

  /** Most processes have no copies, and nothing to do with other processes. */
  async #openFlow(surface: Surface): Promise<Flow> {
    const { plans, host, env, options, log } = this.#options
    if (!this.#isCopy) warnOfPlainEnd(plans, log)
    if (plans.every(({ copies }) => copies === undefined)) return Chain.open(plans, surface)
    const { Parts } = await import('../copies/parts.ts')
    const flags = ['--grace', `${options.grace}ms`, '--log-level', options.logLevel ?? 'info']
    return Parts.open(plans, surface, { host, env, runtime: runtimeFolder(env), flags })
  }

  async #run(flow: Flow): Promise<number> {
    const failure = await this.#runIntake(flow)
    await Promise.race([flow.drain(this.#stopping.signal), aborted(this.#givenUp.signal)])
    const { held } = flow
    const waiting = this.#gone ? [this.#gone] : waitingOf(flow)
    this.#givenUp.abort()
    // What the links have in hand leaves in what remains of the grace.
    const left = Math.min(this.#options.options.grace, Math.max(0, this.#stopBy - Date.now()))
    await flow.close(held > 0 ? 0 : left)
    const code = this.#sayStopped(held, waiting)
    const failed = flow.copies.some(copy => copy.code === EXIT.failure)
    return failure ?? (failed ? EXIT.failure : code)
  }

  /** Says what is left, of which the spools are counted last: closing still acknowledges. Returns the exit code. */
  #sayStopped(held: number, waiting: readonly string[] = []): number {
    const spooled = this.#spooled
    const left = this.#flow?.copies.filter(({ code }) => code === EXIT.dataLeft) ?? []
    const copies = left.map(({ name }) => name)
    if (held > 0)
      this.#log.error({ records: held, waiting }, 'stopped with records that were not accepted downstream')
    else if (spooled > 0)
      this.#log.warn({ records: spooled }, 'stopped with records in the spool; the next start sends them')
    else if (copies.length > 0)
      this.#log.warn({ copies }, 'stopped with records left in copies, whose own lines say how many')
    else this.#log[this.#level]('stopped')
    return held + spooled + copies.length > 0 ? EXIT.dataLeft : EXIT.done
  }

  /** Nobody would ever read what comes to them. */
  #warnOfSockets(): void {
    const { unused } = this.#options.sockets
    if (unused.length === 0) return
    this.#log.warn(
      { sockets: unused },
      'systemd has handed over sockets that no flag uses: write --listen systemd, or systemd:NAME for each',
    )
  }

  get #spooled(): number {
    return this.#spools.values().reduce((sum, records) => sum + records(), 0)
  }

  /** Takes in until the input ends or it is stopped. A failing input still lets what it has brought go out: returns its exit code. */
  async #runIntake(flow: Flow): Promise<number | undefined> {
    const ended = flow.run()
    try {
      await Promise.race([ended, aborted(this.#stopping.signal)])
      flow.stopIntake()
      await Promise.race([ended, aborted(this.#givenUp.signal)])
      return undefined
    } catch (error) {
      this.#logFailure(error)
      flow.stopIntake()
      this.#allow(this.#options.options.grace)
      return error instanceof Misuse ? EXIT.misuse : EXIT.failure
    }
  }

  /** Another one speaks for it, and knows the whole chain. */
  get #isCopy(): boolean {
    return this.#options.tell !== undefined
  }

  /** Between two pipes it is a Unix filter, and those say nothing as long as all is well. */
  get #level(): 'debug' | 'info' {
    if (this.#isCopy) return 'debug'
    const piped = this.#options.plans.every(({ daemon, pull, push, outputs }) => {
      const ends = [...pull, ...push, ...outputs.map(({ endpoint }) => endpoint)]
      return daemon.shape !== 'source' && ends.every(({ scheme }) => scheme === '-')
    })
    return piped ? 'debug' : 'info'
  }

  #waiting(): string[] {
    if (!this.#flow) return ['starting']
    if (this.#stopping.signal.aborted) return ['stopping']
    return waitingOf(this.#flow)
  }

  #changed(): void {
    this.#sayReady()
    const flow = this.#flow
    if (flow)
      this.#options.tell?.({ waiting: waitingOf(flow), open: isOpen(flow), endpoints: endpointsOf(flow) })
  }

  #sayReady(): void {
    const flow = this.#flow
    if (this.#saidReady || !flow || this.#stopping.signal.aborted || !isOpen(flow)) return
    this.#saidReady = true
    const endpoints = endpointsOf(flow)
    this.#log[this.#level]({ endpoints, admin: this.#place!.admin }, 'ready')
  }

  #status(): object {
    const { name, command, configuration } = this.#options
    return processStatus(
      { name, command, configuration, started: this.#started, certificates: this.#place?.certificates ?? [] },
      this.#waiting(),
      this.#flow,
    )
  }
}
