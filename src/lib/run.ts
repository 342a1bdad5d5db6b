import { fstatSync } from 'node:fs'
import { Chain } from './chain.ts'
import { parseArguments, type Usage } from './cli.ts'
import type { Daemon } from './daemon.ts'
import { Fatal, Misuse, messageOf } from './errors.ts'
import { createLog, LOG_LEVELS, type Logger } from './log.ts'
import {
  choice,
  duration,
  flag,
  fromEnvironment,
  hostPort,
  type Options,
  readValues,
  text,
  type Values,
} from './options.ts'
import { openPlace, type Place } from './place.ts'
import { optionsOf, planStage, type StagePlan, type Surroundings } from './stage-options.ts'
import { statusOf } from './status.ts'
import { version } from './version.ts'

// The one file that knows the process: its arguments, environment, signals and exit codes.

export const EXIT = { done: 0, misuse: 64, failure: 70, dataLeft: 75 } as const

/** The options of any process, whatever it runs. */
export const processOptions = {
  name: text('Name of the admin socket, dead letters and metrics (default: NAME-PID)', undefined, 'name'),
  admin: hostPort('Answer /healthz, /readyz, /metrics and /status here as well'),
  grace: duration('After SIGTERM, wait at most so long for what is under way', '30s'),
  logLevel: choice('Least that is logged', LOG_LEVELS, 'info'),
  check: flag('Check the options and exit'),
} satisfies Options

type ProcessValues = Values<typeof processOptions>

/** A program: its usage, and what it makes of the command line. */
export interface Program extends Omit<Usage, 'version' | 'environment' | 'groups'> {
  /** Its own options by heading; those of the process are added. */
  groups: { readonly [heading: string]: Options }
  /** What the parts of its name come from: `syslog-udp`. */
  kind: string
  plan(
    flags: ReadonlyMap<string, readonly string[]>,
    argument: string | undefined,
    name: string,
    around: Surroundings,
  ): StagePlan[] | Promise<StagePlan[]>
}

/** Runs a daemon as this process. */
export function runDaemon(
  kind: string,
  daemon: Daemon,
  command: string,
  args: readonly string[],
): Promise<void> {
  const { own, links, buffer } = optionsOf(daemon)
  return runProgram(
    {
      kind,
      command,
      summary: daemon.summary,
      ...(daemon.examples && { examples: daemon.examples }),
      groups: { Options: own, Links: links, Buffer: buffer },
      plan: (flags, _argument, name, around) => [planStage(name, daemon, flags, process.env, around)],
    },
    args,
  )
}

/** Runs a program as this process; sets the exit code. */
export async function runProgram(program: Program, args: readonly string[]): Promise<void> {
  try {
    process.exitCode = await start(program, args)
  } catch (error) {
    if (!(error instanceof Misuse || error instanceof Fatal)) throw error
    process.stderr.write(`${program.command}: ${error.message}\n`)
    process.exitCode = error instanceof Misuse ? EXIT.misuse : EXIT.failure
  }
  // The end is natural: what ZeroMQ still has in hand leaves in its linger, which process.exit would cut off. A
  // daemon that forgot to close something must not live on because of it.
  setTimeout(() => process.exit(), 1000).unref()
}

async function start(program: Program, args: readonly string[]): Promise<number> {
  const usage = {
    ...program,
    version,
    environment: true,
    groups: { ...program.groups, Process: processOptions },
  }
  const typed = parseArguments(usage, args)
  if (typed.print !== undefined) {
    process.stdout.write(typed.print)
    return EXIT.done
  }
  const values = readValues(processOptions, typed.flags, fromEnvironment(processOptions, process.env))
  const name = values.name ?? `${program.kind}-${process.pid}`
  if (!/^[\w.-]{1,64}$/.test(name))
    throw new Misuse(`--name ${name}: use letters, digits, dot, dash and underscore`)
  const plans = await program.plan(typed.flags, typed.argument, name, surroundings())
  if (values.check) {
    process.stdout.write(`${program.command}: the options are valid\n`)
    return EXIT.done
  }
  const log = await createLog(values.logLevel, 2, { name, readable: Boolean(process.stderr.isTTY) })
  return new Life(program, name, values, plans, log).live()
}

/** One life: open, ready, run; the first SIGTERM drains and closes, a second one or the end of the grace ends it. */
class Life {
  readonly #program: Program
  readonly #name: string
  readonly #values: ProcessValues
  readonly #plans: readonly StagePlan[]
  readonly #log: Logger
  readonly #started = Date.now()
  // Aborted by the first signal, and when nothing more is waited for.
  readonly #stop = new AbortController()
  readonly #giveUp = new AbortController()
  #chain: Chain | undefined
  #place: Place | undefined
  #saidReady = false

  constructor(
    program: Program,
    name: string,
    values: ProcessValues,
    plans: readonly StagePlan[],
    log: Logger,
  ) {
    this.#program = program
    this.#name = name
    this.#values = values
    this.#plans = plans
    this.#log = log
  }

  async live(): Promise<number> {
    this.#listenToSignals()
    this.#place = await openPlace(this.#name, this.#values, process.env, this.#log, {
      status: () => this.#status(),
      stages: () => this.#chain?.stages ?? [],
      waiting: () => this.#waiting(),
    })
    this.#log[this.#level]({ version, admin: this.#place.admin }, 'starting')
    try {
      const chain = await this.#open()
      if (!chain) return EXIT.done
      this.#chain = chain
      this.#sayReady()
      return await this.#run(chain)
    } finally {
      this.#place.close()
      this.#forgetSignals()
    }
  }

  /** Undefined when a signal came while it was being opened. */
  async #open(): Promise<Chain | undefined> {
    const opening = Chain.open(this.#plans, {
      name: this.#name,
      log: this.#log,
      stdin: process.stdin,
      stdout: process.stdout,
      statePath: (stage, file) =>
        this.#place!.statePath(stage === this.#name ? file : `${this.#name}.${file}`),
      signal: this.#giveUp.signal,
      fatal: error => this.#fatal(error),
      changed: () => this.#sayReady(),
    })
    const chain = await Promise.race([opening, aborted(this.#stop.signal)])
    if (chain) return chain
    // Whoever is still opening is told that nobody waits.
    this.#giveUp.abort()
    opening.then(
      late => late.close(0),
      () => {},
    )
    return undefined
  }

  async #run(chain: Chain): Promise<number> {
    const ended = chain.run()
    await Promise.race([ended, aborted(this.#stop.signal)])
    const deadline = aborted(this.#giveUp.signal)
    chain.stopIntake()
    await Promise.race([ended.then(() => chain.drain()), deadline])
    const { held } = chain
    // What the links have in hand leaves in what remains of the grace.
    const left = this.#stop.signal.aborted ? Math.max(0, this.#stopBy - Date.now()) : this.#values.grace
    this.#giveUp.abort()
    await chain.close(held > 0 ? 0 : left)
    if (held > 0) this.#log.error({ records: held }, 'stopped with records that were not accepted downstream')
    else this.#log[this.#level]('stopped')
    return held > 0 ? EXIT.dataLeft : EXIT.done
  }

  #stopBy = 0

  readonly #onStop = (signal: NodeJS.Signals): void => {
    if (this.#stop.signal.aborted) {
      this.#log.warn({ signal }, 'second signal: not waiting any more')
      this.#giveUp.abort()
      return
    }
    this.#log.info({ signal }, 'stopping')
    this.#stopBy = Date.now() + this.#values.grace
    // Not a reason to stay when everything else is done.
    setTimeout(() => this.#giveUp.abort(), this.#values.grace).unref()
    this.#stop.abort()
  }

  readonly #onHangup = (signal: NodeJS.Signals): void => {
    // A terminal that was closed takes its programs with it; a service is asked to read its files again.
    if (process.stdin.isTTY || process.stderr.isTTY) this.#onStop(signal)
    else this.#log.info('SIGHUP: there is nothing to read again')
  }

  readonly #onUncaught = (error: unknown): void => this.#fatal(error)

  #listenToSignals(): void {
    process.on('SIGTERM', this.#onStop).on('SIGINT', this.#onStop).on('SIGHUP', this.#onHangup)
    process.on('uncaughtException', this.#onUncaught)
  }

  #forgetSignals(): void {
    process.off('SIGTERM', this.#onStop).off('SIGINT', this.#onStop).off('SIGHUP', this.#onHangup)
    process.off('uncaughtException', this.#onUncaught)
  }

  /** Nothing more is promised: what was not acknowledged comes again from upstream. */
  #fatal(error: unknown): void {
    if (error instanceof Fatal) this.#log.fatal(error.message)
    else this.#log.fatal({ err: error }, `this is a bug: ${messageOf(error)}`)
    process.exit(EXIT.failure)
  }

  /** Between two pipes it is a Unix filter, and those say nothing as long as all is well. */
  get #level(): 'debug' | 'info' {
    const piped = this.#plans.every(({ daemon, pull, push }) => {
      return daemon.shape !== 'source' && [...pull, ...push].every(({ scheme }) => scheme === '-')
    })
    return piped ? 'debug' : 'info'
  }

  #waiting(): string[] {
    if (!this.#chain) return ['starting']
    if (this.#stop.signal.aborted) return ['stopping']
    return this.#chain.stages.flatMap(stage => [...stage.waiting.values()])
  }

  #sayReady(): void {
    if (this.#saidReady || this.#waiting().length > 0) return
    this.#saidReady = true
    const endpoints = this.#chain!.stages.flatMap(stage => stage.endpoints)
    this.#log[this.#level]({ endpoints }, 'ready')
  }

  #status(): object {
    const waiting = this.#waiting()
    return {
      name: this.#name,
      command: this.#program.command,
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

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise(resolve => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}

function surroundings(): Surroundings {
  const journal = process.env.JOURNAL_STREAM
  return {
    stdin: leadsSomewhere(0, journal),
    stdout: leadsSomewhere(1, journal),
    terminal: Boolean(process.stdout.isTTY),
  }
}

/**
 * Whether a descriptor is a pipe, a file, a socket or a terminal. /dev/null is not; nor is the journal's socket,
 * which systemd announces as device:inode (systemd.exec(5), JOURNAL_STREAM).
 */
function leadsSomewhere(fd: number, journal: string | undefined): boolean {
  try {
    const stat = fstatSync(fd)
    if (stat.isSocket() && journal === `${stat.dev}:${stat.ino}`) return false
    const terminal = fd === 0 ? process.stdin.isTTY : process.stdout.isTTY
    return stat.isFIFO() || stat.isFile() || stat.isSocket() || Boolean(terminal)
  } catch {
    return false
  }
}
