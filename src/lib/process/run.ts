import { setTimeout as wait } from 'node:timers/promises'
import { isatty } from 'node:tty'
import { inspect } from 'node:util'
import { parseArguments, type Usage } from '../cli.ts'
import { isCopy, listen, planOfCopy, tell } from '../copies/supervised.ts'
import type { Daemon } from '../daemon.ts'
import { Fatal, Misuse, messageOf } from '../errors.ts'
import { fromEnvironment, type Options, readValues, variableOf } from '../options.ts'
import type { Surroundings } from '../stage/endpoints.ts'
import { optionsOf } from '../stage/options.ts'
import { hasSpool, planStage, type StagePlan } from '../stage/plan.ts'
import { type Given, takeGiven } from '../systemd/given.ts'
import { isFromSystemd } from '../systemd/listen-address.ts'
import type { Service } from '../systemd/service.ts'
import { HandedSockets } from '../systemd/sockets.ts'
import { version } from '../version.ts'
import type { Configured, ConfiguredUsage, Typed } from './configuration.ts'
import { leadsSomewhere } from './descriptors.ts'
import { EXIT } from './exit.ts'
import { Life } from './life.ts'

import { createLog, type Logger } from './log.ts'
import { adminFace, processOptions } from './options.ts'

// The one file that knows the process: its arguments, environment, signals and exit codes.

/**
 * Milliseconds before misuse ends a process that has sockets of systemd: as long as something waits in them, it is started again at
 * once, twice a second (systemd.socket(5)), and no limit of systemd's tells that from a service that crashes, whose socket must stay open.
 */
const MISUSE_PAUSE = 5_000

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
  const given = takeGiven(process.env, process.pid)
  try {
    process.exitCode = await start(program, args, given)
  } catch (error) {
    const expected = error instanceof Misuse || error instanceof Fatal
    process.stderr.write(`${program.command}: ${expected ? error.message : inspect(error)}\n`)
    process.exitCode = error instanceof Misuse ? EXIT.misuse : EXIT.failure
  }
  if (process.exitCode === EXIT.misuse && given.sockets.length > 0) await wait(MISUSE_PAUSE)
  // The end is natural: what ZeroMQ still has in hand leaves in its linger, which process.exit would cut off. A
  // daemon that forgot to close something must not live on because of it.
  setTimeout(() => process.exit(), 1000).unref()
}

async function start(program: Program, args: readonly string[], given: Given): Promise<number> {
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
  const copy = isCopy(process, process.env)
  const written = await withConfiguration(usage, typed, copy)
  const values = readValues(processOptions, written.flags, fromEnvironment(processOptions, process.env))
  const passing = `${program.kind}-${process.pid}`
  if (values.name !== undefined && !/^[\w.-]{1,64}$/.test(values.name))
    throw new Misuse(`--name ${values.name}: use letters, digits, dot, dash and underscore`)
  const admin = adminFace(values)
  // To check options is for anywhere, also where records neither come from nor go to.
  const around = values.check ? ANYWHERE : surroundings()
  const planned = await program.plan(written.flags, written.argument, values.name ?? passing, around)
  // What is on disk must be found again under the same name.
  const lasting = planned.some(keepsFiles)
  const name = values.name ?? (lasting ? program.kind : passing)
  const plans = planned.map(plan => (plan.name === passing ? { ...plan, name } : plan))
  const misspelt = copy ? [] : await misspeltFor(usage.groups)
  if (values.check) {
    for (const line of misspelt) process.stderr.write(`${program.command}: ${line}\n`)
    process.stdout.write(`${program.command}: the options are valid\n`)
    return EXIT.done
  }
  const log = await createLog(values.logLevel, 2, { name, readable: isatty(2), among: copy })
  for (const line of misspelt) log.warn(line)
  const life = new Life({
    name,
    command: program.command,
    configuration: written.path,
    options: { ...values, admin },
    plans: copy ? plans.map(plan => planOfCopy(plan, process.env)) : plans,
    log,
    host: process,
    env: process.env,
    sockets: new HandedSockets(given, namesIn(values, plans)),
    service: await openService(given, plans, log),
    ...(copy && { tell: told => tell(process, told) }),
  })
  const live = () => withSignals(life, copy, () => life.live())
  return copy ? onChannel(life, live) : live()
}

/** What was typed, and what the configuration file says of the rest. A copy was told all of it by who has started it. */
async function withConfiguration(usage: ConfiguredUsage, typed: Typed, copy: boolean): Promise<Configured> {
  const { env } = process
  const isAsked = typed.flags.has('config') || env.SLUICE_CONFIG || env.CONFIGURATION_DIRECTORY
  if (copy || !isAsked) return typed
  return (await import('./configuration.ts')).configure(usage, typed, env)
}

/** Names of sockets that flags ask systemd for. */
function namesIn(values: { admin: unknown }, plans: readonly StagePlan[]): string[] {
  const all = [values.admin, ...plans.flatMap(({ own }) => Object.values(own).flat())]
  return all.filter(isFromSystemd).map(({ systemd }) => systemd)
}

/** Undefined where systemd does not ask. A daemon that cannot tell it how it does still does its work. */
async function openService(
  { notifySocket, watchdog }: Given,
  plans: readonly StagePlan[],
  log: Logger,
): Promise<Service | undefined> {
  if (notifySocket === undefined) return undefined
  const keeps = plans.flatMap(({ values }) => [values.batchDelay, values.holdTimeout ?? 0])
  const { Service } = await import('../systemd/service.ts')
  try {
    return await Service.open({ socket: notifySocket, watchdog, keeps: Math.max(...keeps) })
  } catch (error) {
    log.error(
      `systemd cannot be told how this service does (in its unit, write Type=exec): ${messageOf(error)}`,
    )
    return undefined
  }
}

/** Most environments have no variable that is not known. */
async function misspeltFor(groups: { readonly [heading: string]: Options }): Promise<string[]> {
  const known = Object.values(groups).flatMap(Object.keys).map(variableOf)
  const others = Object.keys(process.env).filter(name => name.startsWith('SLUICE_') && !known.includes(name))
  if (others.length === 0) return []
  const { findMisspelt } = await import('./variables.ts')
  return findMisspelt(others, known)
}

function keepsFiles(plan: StagePlan): boolean {
  const { daemon } = plan
  return hasSpool(plan) || (daemon.shape === 'source' && daemon.keepsPlace === true)
}

/** A copy is stopped by the one who started it. */
async function onChannel(life: Life, live: () => Promise<number>): Promise<number> {
  const close = listen(
    process,
    () => life.stop('stop'),
    () => void life.leftAlone(),
  )
  try {
    return await live()
  } finally {
    close()
  }
}

/** SIGTERM and SIGINT stop it, once kindly, then at once; whatever nobody caught ends it. */
async function withSignals(life: Life, copy: boolean, live: () => Promise<number>): Promise<number> {
  // systemd sends SIGTERM to all processes of a service at once; but a copy ends after those who send to it.
  const stop = (signal: NodeJS.Signals) => copy || life.stop(signal)
  // A terminal that was closed takes its programs with it, and is none any more by then; a service is asked to read its files again.
  const onTerminal = isatty(0) || isatty(2)
  const hangUp = (signal: NodeJS.Signals) => (!copy && onTerminal ? life.stop(signal) : void life.reload())
  const fail = (error: unknown) => life.fail(error)
  process.on('SIGTERM', stop).on('SIGINT', stop).on('SIGHUP', hangUp).on('uncaughtException', fail)
  try {
    return await live()
  } finally {
    process.off('SIGTERM', stop).off('SIGINT', stop).off('SIGHUP', hangUp).off('uncaughtException', fail)
  }
}

const ANYWHERE: Surroundings = { stdin: true, stdout: true, terminal: false }

function surroundings(): Surroundings {
  const journal = process.env.JOURNAL_STREAM
  return { stdin: leadsSomewhere(0, journal), stdout: leadsSomewhere(1, journal), terminal: isatty(1) }
}
