import type { Daemon } from '../daemon.ts'
import { flagOf, type Option, type Options, variableOf } from '../options.ts'
import { planStage, type StagePlan } from '../stage/plan.ts'
import { defaultsFor } from './defaults.ts'
import { handOver, socketsFor } from './handed.ts'
import { checkFresh, checkPlaces } from './places.ts'
import { literal, type UnitText } from './quote.ts'
import {
  endpointsOf,
  everyOption,
  type Flags,
  LINK_FOLDER,
  rightsOf,
  secretsOf,
  wholePath,
} from './rights.ts'
import type { SocketUnit, Unit } from './unit.ts'

/** A daemon that is to be a service. */
export interface Wanted {
  /** What its command line calls it: `syslog-udp`, or an absolute path. */
  word: string
  kind: string
  name: string
  daemon: Daemon
  given: Flags
  /** What its configuration file says of the rest. */
  configured?: Flags
  program: Program
  comment: readonly string[]
  supervisor?: Supervisor
}

/** Who starts it. System V's init opens no sockets, and reads no secrets for others. */
export type Supervisor = 'systemd' | 'sysv'

/** How a unit starts it. */
export interface Program {
  command(word: string): readonly UnitText[]
  environment: readonly (readonly [string, UnitText])[]
  home: readonly string[]
}

export interface Service {
  unit: Unit
  sockets: SocketUnit[]
  plan: StagePlan
  /** What was written for it, and what nobody wrote. */
  flags: Flags
}

/** Where a service stands: it has no standard streams. */
const NOWHERE = { stdin: false, stdout: false, terminal: false }

/** Checks the flags as the daemon itself does, and makes the units of them. Throws Misuse. */
export function serviceFor(wanted: Wanted): Service {
  const { kind, name, daemon, given, program, comment, supervisor = 'systemd' } = wanted
  const isSystemd = supervisor === 'systemd'
  const said = new Map([...(wanted.configured ?? []), ...given])
  const defaults = defaultsFor(kind, name, daemon, said, isSystemd ? '%S' : '/var/lib')
  const flags = new Map([...defaults, ...said])
  const plan = planStage(name, daemon, flags, {}, NOWHERE)
  const service = `sluice-${name}`
  const sockets = isSystemd ? socketsFor(service, daemon, flags).map(socket => ({ ...socket, comment })) : []
  checkPlaces(plan, flags, sockets)
  if (isSystemd) checkFresh(plan, flags)
  const secrets = isSystemd ? secretsOf(daemon, flags) : []
  const replaced = [...sockets.map(({ option }) => option), ...secrets.map(({ key }) => key)]
  return {
    plan,
    flags,
    sockets,
    unit: {
      ...{ name: service, comment, home: program.home },
      description: literal(`Sluice: ${daemon.summary.replace(/^./, first => first.toLowerCase())}`),
      ...wordsOf({ ...wanted, given: withReplaced(wanted, replaced) }, defaults, sockets, secrets),
      sockets: sockets.map(socket => `${socket.name}.socket`),
      after: downstreamOf(plan),
      credentials: secrets.map(({ key, path }) => ({ name: credentialOf(key), path })),
      rights: rightsOf(plan, flags, new Set(sockets.map(({ option }) => option))),
      buffer: plan.values.buffer,
    },
  }
}

/** What systemd opens or reads in its place is said where it counts more than the file. */
function withReplaced({ given, configured = new Map() }: Wanted, replaced: readonly string[]): Flags {
  return new Map([...[...configured].filter(([key]) => replaced.includes(key)), ...given])
}

/** What the daemon is told: on its command line what was typed, in variables the rest. */
function wordsOf(
  { word, name, daemon, given, program }: Wanted,
  defaults: Flags,
  sockets: readonly SocketUnit[],
  secrets: readonly { key: string }[],
): Pick<Unit, 'command' | 'environment'> {
  const options = everyOption(daemon)
  const credentials = new Map(secrets.map(({ key }) => [key, `%d/${credentialOf(key)}`]))
  // An address that is the option's own default has to be said as well.
  const silent = sockets.filter(({ option }) => !given.has(option) && !defaults.has(option))
  const known = new Map([...defaults, ...silent.map(({ option }) => [option, ['']] as const)])
  const typed = handOver(daemon, given, sockets)
  const fallback = handOver(daemon, known, sockets)
  const words = commandLine(options, typed, fallback, credentials)
  return {
    command: [...program.command(word), '--name', name, ...words],
    environment: [...program.environment, ...variables(options, fallback, credentials)],
  }
}

function credentialOf(key: string): string {
  return flagOf(key).slice('--'.length)
}

/** What was typed, and what has no variable: the words of a command. */
function commandLine(options: Options, typed: Flags, fallback: Flags, credentials: Credentials): UnitText[] {
  const flags: UnitText[] = []
  const words: UnitText[] = []
  for (const [key, option] of Object.entries(options)) {
    const written = typed.get(key) ?? (option.words ? fallback.get(key) : undefined)
    if (written === undefined || key === 'name' || key === 'check') continue
    const values = valuesOf(key, option, written, credentials)
    if (option.words) words.push('--', ...values)
    else if (option.value === undefined) flags.push(flagOf(key))
    else flags.push(...values.flatMap(value => [flagOf(key), value]))
  }
  return [...flags, ...words]
}

/** What was not typed: a file of flags counts more than it. */
function variables(options: Options, fallback: Flags, credentials: Credentials): [string, UnitText][] {
  return [...fallback].flatMap(([key, written]) => {
    const option = options[key]!
    if (option.words) return []
    const values = valuesOf(key, option, written, credentials)
    return [[variableOf(key), values.join(option.separator ?? ' ')]]
  })
}

type Credentials = ReadonlyMap<string, UnitText>

function valuesOf(
  key: string,
  option: Option<unknown>,
  written: readonly string[],
  credentials: Credentials,
): UnitText[] {
  const credential = credentials.get(key)
  return credential === undefined ? written.map(text => unitText(key, option, text)) : [credential]
}

/** Of its own folders a specifier says where they are. */
function unitText(key: string, option: Option<unknown>, text: string): UnitText {
  return text.startsWith('%S/') ? text : literal(wholePath(key, option, text))
}

/** The services that bind where it sends to. */
function downstreamOf(plan: StagePlan): string[] {
  const pattern = new RegExp(`^ipc://${LINK_FOLDER}/(.+)\\.ipc$`)
  const names = endpointsOf(plan)
    .filter(({ direction, mode }) => direction === 'push' && mode === 'connect')
    .flatMap(({ address }) => pattern.exec(address)?.[1] ?? [])
  return [...new Set(names)].map(name => `sluice-${name}.service`)
}
