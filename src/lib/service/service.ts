import { resolve } from 'node:path'
import type { Daemon } from '../daemon.ts'
import { flagOf, type Option, type Options, variableOf } from '../options.ts'
import { planStage, type StagePlan } from '../stage/plan.ts'
import { defaultsFor } from './defaults.ts'
import { handedValue, socketsFor } from './handed.ts'
import { literal, type UnitText } from './quote.ts'
import { endpointsOf, everyOption, type Flags, LINK_FOLDER, rightsOf, secretsOf } from './rights.ts'
import type { SocketUnit, Unit } from './unit.ts'

/** A daemon that is to be a service. */
export interface Wanted {
  /** What its command line calls it: `syslog-udp`, or an absolute path. */
  word: string
  kind: string
  name: string
  daemon: Daemon
  given: Flags
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
}

/** Where a service stands: it has no standard streams. */
const NOWHERE = { stdin: false, stdout: false, terminal: false }

/** Checks the flags as the daemon itself does, and makes the units of them. Throws Misuse. */
export function serviceFor(wanted: Wanted): Service {
  const { word, kind, name, daemon, given, program, comment, supervisor = 'systemd' } = wanted
  const isSystemd = supervisor === 'systemd'
  const defaults = defaultsFor(kind, name, daemon, given, isSystemd ? '%S' : '/var/lib')
  const flags = new Map([...defaults, ...given])
  const plan = planStage(name, daemon, flags, {}, NOWHERE)
  const service = `sluice-${name}`
  const sockets = isSystemd ? socketsFor(service, daemon, flags).map(socket => ({ ...socket, comment })) : []
  const handed = new Map(sockets.map(({ option }) => [option, handedValue(option, sockets)]))
  const secrets = isSystemd ? secretsOf(daemon, flags) : []
  const replaced = new Map([
    ...handed,
    ...secrets.map(({ key }) => [key, `%d/${credentialOf(key)}`] as const),
  ])
  const options = everyOption(daemon)
  const typed = commandLine(options, given, defaults, replaced)
  return {
    plan,
    sockets,
    unit: {
      ...{ name: service, comment, home: program.home },
      description: literal(`Sluice: ${daemon.summary.replace(/^./, first => first.toLowerCase())}`),
      command: [...program.command(word), '--name', name, ...typed],
      environment: [...program.environment, ...variables(options, given, defaults, replaced)],
      sockets: sockets.map(socket => `${socket.name}.socket`),
      after: downstreamOf(plan),
      credentials: secrets.map(({ key, path }) => ({ name: credentialOf(key), path })),
      rights: rightsOf(plan, flags, new Set(handed.keys())),
      buffer: plan.values.buffer,
    },
  }
}

function credentialOf(key: string): string {
  return flagOf(key).slice('--'.length)
}

/** What was typed, and what has no variable: the words of a command. */
function commandLine(
  options: Options,
  given: Flags,
  defaults: Flags,
  replaced: ReadonlyMap<string, string>,
): UnitText[] {
  const words: UnitText[] = []
  let last: UnitText[] = []
  for (const [key, option] of Object.entries(options)) {
    if (key === 'name' || key === 'check') continue
    const written = given.get(key) ?? (isVariable(option) ? undefined : defaults.get(key))
    if (written === undefined) continue
    const special = replaced.get(key)
    const values = special === undefined ? written.map(text => unitText(option, text)) : [special]
    if (option.words) last = ['--', ...values]
    else if (option.value === undefined) words.push(flagOf(key))
    else words.push(...values.flatMap(value => [flagOf(key), value]))
  }
  return [...words, ...last]
}

/** What was not typed: a file of flags counts more than it (docs/configuration.md). */
function variables(
  options: Options,
  given: Flags,
  defaults: Flags,
  replaced: ReadonlyMap<string, string>,
): [string, UnitText][] {
  const keys = [...new Set([...defaults.keys(), ...replaced.keys()])].filter(key => !given.has(key))
  return keys.flatMap(key => {
    const option = options[key]!
    if (!isVariable(option)) return []
    const written = (defaults.get(key) ?? []).map(text => unitText(option, text))
    return [[variableOf(key), replaced.get(key) ?? written.join(option.separator ?? ' ')]]
  })
}

function isVariable(option: Option<unknown>): boolean {
  return !option.words
}

/** A service is started in another folder. Of its own folders a specifier says where they are. */
function unitText(option: Option<unknown>, text: string): UnitText {
  if (text.startsWith('%S/')) return text
  return literal(option.access === undefined || text.startsWith('@') ? text : resolve(text))
}

/** The services that bind where it sends to. */
function downstreamOf(plan: StagePlan): string[] {
  const pattern = new RegExp(`^ipc://${LINK_FOLDER}/(.+)\\.ipc$`)
  const names = endpointsOf(plan)
    .filter(({ direction, mode }) => direction === 'push' && mode === 'connect')
    .flatMap(({ address }) => pattern.exec(address)?.[1] ?? [])
  return [...new Set(names)].map(name => `sluice-${name}.service`)
}
