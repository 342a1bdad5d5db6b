import { parseArguments } from '../../lib/cli.ts'
import { Misuse } from '../../lib/errors.ts'
import { fromEnvironment, readValues } from '../../lib/options.ts'
import type { User } from '../../lib/process/as-user.ts'
import { type ConfiguredUsage, configure } from '../../lib/process/configuration.ts'
import { adminFace, type ProcessValues, processOptions } from '../../lib/process/options.ts'
import { stateFolder } from '../../lib/process/place.ts'
import { isPath, loadDaemon, nameOf } from '../../lib/registry.ts'
import type { Face } from '../../lib/serve.ts'
import { optionsOf } from '../../lib/stage/options.ts'
import { planStage, type StagePlan } from '../../lib/stage/plan.ts'
import { version } from '../../lib/version.ts'
import { splitStages } from '../../lib/words.ts'
import { readStar } from '../run/copies.ts'
import { planChain } from '../run/plan.ts'

/** A process of Sluice that runs, or that somebody has described: what its command line and variables say. */
export interface Setup {
  /** Where that stands: `pid 123`, or the path of a file. */
  origin: string
  /** Behind `sluice`: `['syslog-udp', '--listen', ':514']`. */
  words: readonly string[]
  env: NodeJS.ProcessEnv
  /** What relative paths begin at. */
  cwd: string
  pid?: number
  /** As whom it runs, where it does. */
  user?: User
  /** It runs, and cannot be asked. */
  isUp?: boolean
  /** Somebody has typed it just now, with the rights of this process: then code that it names may be loaded. */
  isTyped?: boolean
  /** It is started by root, or with the right to low ports. Undefined: not known. */
  mayBindLow?: boolean
}

/** What a setup comes to. */
export interface Planned {
  setup: Setup
  name: string
  values: ProcessValues
  admin: Face | undefined
  stages: readonly StagePlan[]
  /** Where it keeps what has to survive a restart. */
  state: string
  /** The configuration file that it reads. */
  configuration: string | undefined
}

const ANYWHERE = { stdin: true, stdout: true, terminal: false }

/** Reads a setup as a start of it would, with `--check`. Throws Misuse with what to type instead. */
export async function planSetup(setup: Setup): Promise<Planned> {
  const [word = '', ...args] = setup.words
  const { usage, plan } = word === 'run' ? chainWay(setup) : await daemonWay(word, setup)
  const typed = parseArguments(usage, args)
  if (typed.print !== undefined) throw new Misuse('this only prints its help or version')
  const given = configure(usage, typed, setup.env)
  const values = readValues(processOptions, given.flags, fromEnvironment(processOptions, setup.env))
  const name = values.name ?? usage.kind
  const stages = await plan(given.flags, given.argument, name)
  return {
    ...{ setup, name, values, stages },
    admin: adminFace(values),
    state: stateFolder(setup.env),
    configuration: given.path,
  }
}

interface Way {
  usage: ConfiguredUsage
  plan(
    flags: ReadonlyMap<string, readonly string[]>,
    argument: string | undefined,
    name: string,
  ): StagePlan[] | Promise<StagePlan[]>
}

const COMMON = { summary: '', version, environment: true }

function chainWay(setup: Setup): Way {
  const argument = { name: '[chain]', help: '' }
  return {
    usage: { ...COMMON, kind: 'run', command: 'sluice run', argument, groups: { Process: processOptions } },
    plan: (_flags, chain, name) => {
      if (chain === undefined) throw new Misuse('there is no chain')
      for (const [label = ''] of splitStages(chain)) refuseCode(readStar(label).word, setup)
      return planChain(chain, name, ANYWHERE)
    },
  }
}

async function daemonWay(word: string, setup: Setup): Promise<Way> {
  refuseCode(word, setup)
  const daemon = await loadDaemon(word)
  const { own, links, buffer } = optionsOf(daemon)
  const groups = { Options: own, Links: links, Buffer: buffer, Process: processOptions }
  return {
    usage: { ...COMMON, kind: nameOf(word), command: `sluice ${word}`, groups },
    plan: (flags, _argument, name) => [planStage(name, daemon, flags, setup.env, ANYWHERE)],
  }
}

/** What a process or a unit names may be anybody's, and the doctor is mostly root. */
function refuseCode(word: string, { isTyped }: Setup): void {
  if (isPath(word) && !isTyped) throw new OwnCode(`${word} is code of its own, which is not run here`)
}

/** A daemon that cannot be looked at without running it. */
export class OwnCode extends Error {}

/** The stage as a person calls it. */
export function stageName({ name }: Planned, stage: StagePlan): string {
  return stage.name === name ? name : `${name}/${stage.name}`
}
