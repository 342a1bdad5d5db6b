import type { Readable, Writable } from 'node:stream'
import { Chain } from './chain.ts'
import { Fatal, messageOf } from './errors.ts'
import type { HostPort } from './host-port.ts'
import type { Logger } from './log.ts'
import { openPlace, type Place } from './place.ts'
import type { StagePlan } from './stage-options.ts'
import { statusOf } from './status.ts'
import { version } from './version.ts'

/** Exit codes. A command may define 1 and 2 for itself. */
export const EXIT = { done: 0, misuse: 64, failure: 70, dataLeft: 75 } as const

export interface LifeOptions {
  name: string
  /** As it was typed, for `/status`. */
  command: string
  options: { name: string | undefined; admin: HostPort | undefined; grace: number }
  plans: readonly StagePlan[]
  log: Logger
  /** The process. Its streams are made when somebody asks for them, which most daemons never do. */
  host: { readonly stdin: Readable; readonly stdout: Writable; exit(code: number): never }
  env: NodeJS.ProcessEnv
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
  #chain: Chain | undefined
  /** Records in the spools that are open, which may be before the chain is. */
  readonly #spools = new Set<() => number>()
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
    const { name, options, env } = this.#options
    this.#place = await openPlace(name, options, env, this.#log, {
      status: () => this.#status(),
      stages: () => this.#chain?.stages ?? [],
      waiting: () => this.#waiting(),
    })
    this.#log.debug({ version, admin: this.#place.admin }, 'starting')
    try {
      this.#chain = await this.#open()
      if (!this.#chain) return this.#sayStopped(0)
      this.#sayReady()
      return await this.#run(this.#chain)
    } finally {
      this.#place.close()
    }
  }

  stop(signal: string): void {
    if (this.#stopping.signal.aborted) {
      this.#log.warn({ signal }, 'second signal: not waiting any more')
      this.#givenUp.abort()
      return
    }
    this.#log.info({ signal, held: this.#chain?.held ?? 0, waiting: this.#waiting() }, 'stopping')
    this.#allow(this.#options.options.grace)
    this.#stopping.abort()
  }

  /** Reads again what may have changed on disk. */
  reload(): void {
    this.#log.info('SIGHUP: there is nothing to read again')
  }

  logFailure(error: unknown): void {
    if (error instanceof Fatal) this.#log.fatal(error.message)
    else this.#log.fatal({ err: error }, `this is a bug: ${messageOf(error)}`)
  }

  /** From now on it may take so many milliseconds. The timer is no reason to stay when everything else is done. */
  #allow(grace: number): void {
    this.#stopBy = Date.now() + grace
    setTimeout(() => this.#givenUp.abort(), grace).unref()
  }

  /** Undefined when it was stopped while it was being opened. */
  async #open(): Promise<Chain | undefined> {
    const { name, host, plans } = this.#options
    const opening = Chain.open(plans, {
      name,
      log: this.#log,
      host,
      stateFolder: () => this.#place!.stateFolder(),
      signal: this.#givenUp.signal,
      // Nothing more is promised: what was not acknowledged comes again from upstream.
      fatal: error => {
        this.logFailure(error)
        host.exit(EXIT.failure)
      },
      gone: reason => {
        this.#gone ??= reason
        this.#givenUp.abort()
        this.#stopping.abort()
      },
      windows: new Set(),
      spools: this.#spools,
      changed: () => this.#sayReady(),
    })
    const chain = await Promise.race([opening, aborted(this.#stopping.signal)])
    if (chain) return chain
    // Whoever is still opening is told that nobody waits.
    this.#givenUp.abort()
    opening.then(
      late => late.close(0),
      () => {},
    )
    return undefined
  }

  async #run(chain: Chain): Promise<number> {
    const failed = await this.#runIntake(chain)
    await Promise.race([chain.drain(this.#stopping.signal), aborted(this.#givenUp.signal)])
    const { held } = chain
    const waiting = this.#gone ? [this.#gone] : reasons(chain)
    this.#givenUp.abort()
    // What the links have in hand leaves in what remains of the grace.
    const left = Math.min(this.#options.options.grace, Math.max(0, this.#stopBy - Date.now()))
    await chain.close(held > 0 ? 0 : left)
    const code = this.#sayStopped(held, waiting)
    return failed ? EXIT.failure : code
  }

  /** Says what is left, of which the spools are counted last: closing still acknowledges. Returns the exit code. */
  #sayStopped(held: number, waiting: readonly string[] = []): number {
    const spooled = this.#spools.values().reduce((sum, records) => sum + records(), 0)
    if (held > 0)
      this.#log.error({ records: held, waiting }, 'stopped with records that were not accepted downstream')
    else if (spooled > 0)
      this.#log.warn({ records: spooled }, 'stopped with records in the spool; the next start sends them')
    else this.#log[this.#level]('stopped')
    return held + spooled > 0 ? EXIT.dataLeft : EXIT.done
  }

  /** Takes in until the input ends or it is stopped. A failing input still lets what it has brought go out. */
  async #runIntake(chain: Chain): Promise<boolean> {
    const ended = chain.run()
    try {
      await Promise.race([ended, aborted(this.#stopping.signal)])
      chain.stopIntake()
      await Promise.race([ended, aborted(this.#givenUp.signal)])
      return false
    } catch (error) {
      this.logFailure(error)
      chain.stopIntake()
      this.#allow(this.#options.options.grace)
      return true
    }
  }

  /** Between two pipes it is a Unix filter, and those say nothing as long as all is well. */
  get #level(): 'debug' | 'info' {
    const piped = this.#options.plans.every(({ daemon, pull, push }) => {
      return daemon.shape !== 'source' && [...pull, ...push].every(({ scheme }) => scheme === '-')
    })
    return piped ? 'debug' : 'info'
  }

  #waiting(): string[] {
    if (!this.#chain) return ['starting']
    if (this.#stopping.signal.aborted) return ['stopping']
    return reasons(this.#chain)
  }

  #sayReady(): void {
    if (this.#saidReady || this.#waiting().length > 0) return
    this.#saidReady = true
    const endpoints = this.#chain!.stages.flatMap(stage => stage.endpoints)
    this.#log[this.#level]({ endpoints, admin: this.#place!.admin }, 'ready')
  }

  #status(): object {
    const waiting = this.#waiting()
    return {
      name: this.#options.name,
      command: this.#options.command,
      version,
      node: process.versions.node,
      pid: process.pid,
      started: new Date(this.#started).toISOString(),
      uptime: Math.round((Date.now() - this.#started) / 1000),
      ready: waiting.length === 0,
      waiting,
      stages: (this.#chain?.stages ?? []).map(statusOf),
    }
  }
}

/** What its stages wait for. */
function reasons(chain: Chain): string[] {
  return chain.stages.flatMap(stage => [...stage.waiting.values()])
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise(resolve => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}
