import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { askDoor, whyNoAnswer } from '../../lib/asking/ask.ts'
import { findDoors } from '../../lib/asking/doors.ts'
import { Misuse, messageOf } from '../../lib/errors.ts'
import { namesIn } from '../../lib/registry.ts'
import { leftBehind, silent } from './checks/processes.ts'
import { type Finding, finder } from './finding.ts'
import { OwnCode, type Planned, planSetup, type Setup } from './setup.ts'
import { readStatus, type Status } from './status.ts'
import { setupOfUnit } from './units.ts'

// Where processes of Sluice are found: those that run, those that a unit starts, those that a file describes.

const found = finder('options')

export interface Running {
  setup: Setup | undefined
  status: Status
}

/** Asks all daemons of this host, and reads what they were started with. */
export async function findRunning(folder: string): Promise<{ running: Running[]; findings: Finding[] }> {
  const findings: Finding[] = []
  const running: Running[] = []
  const stale: string[] = []
  for (const door of await findDoors(folder, [])) {
    try {
      const status = readStatus(await askDoor(door, '/status'))
      running.push({ status, setup: setupOfProcess(status) })
    } catch (error) {
      const { why, nobody } = whyNoAnswer(error)
      if (nobody) stale.push(door.address)
      else findings.push(silent(door.address, why))
    }
  }
  for (const { status, setup } of running)
    if (!setup)
      findings.push(
        found(
          'unknown',
          status.name,
          `what it was started with cannot be read of pid ${status.pid}`,
          'sudo sluice doctor',
        ),
      )
  return { running, findings: [...leftBehind(stale), ...findings] }
}

/** Undefined where it may not be read: of the processes of other users, only root may. */
function setupOfProcess({ pid }: Status): Setup | undefined {
  try {
    const words = listIn(`/proc/${pid}/cmdline`)
    const at = words.findIndex(word => /^sluice(-[\w-]+)?$/.test(basename(word)))
    const called = basename(words[at] ?? '')
    const own = called === 'sluice' ? [] : [called.slice('sluice-'.length)]
    const env = Object.fromEntries(listIn(`/proc/${pid}/environ`).map(pair => pair.split(/=(.*)/s, 2)))
    const cwd = readlinkSync(`/proc/${pid}/cwd`)
    return { origin: `pid ${pid}`, words: [...own, ...words.slice(at + 1)], env, cwd, pid }
  } catch {
    return undefined
  }
}

function listIn(file: string): string[] {
  return readFileSync(file, 'utf8').split('\0').slice(0, -1)
}

/** Folders of this host, or of a test. */
export interface Places {
  units: readonly string[]
  configurations: string
}

export const PLACES: Places = {
  units: ['/etc/systemd/system', '/run/systemd/system', '/usr/lib/systemd/system', '/lib/systemd/system'],
  configurations: '/etc/sluice',
}

/** Units of Sluice that are installed by an administrator, or enabled: what a package brings and nobody wants is not looked at. */
export function findUnits({ units }: Places): Setup[] {
  const wanted = units.flatMap(folder =>
    namesOf(folder, /\.wants$/).flatMap(wants => namesOf(join(folder, wants), /^sluice[-@].*\.service$/)),
  )
  const names = new Set([...namesOf(units[0]!, /^sluice[-@].*\.service$/), ...wanted])
  return [...names].sort().flatMap(name => {
    const template = name.replace(/@.*\./, '@.')
    const path = units.flatMap(folder => [join(folder, name), join(folder, template)]).find(existsSync)
    if (!path) return []
    const dropIns = units.flatMap(folder =>
      namesOf(join(folder, `${name}.d`), /\.conf$/).map(file => join(folder, `${name}.d`, file)),
    )
    const text = [path, ...dropIns].map(file => readFileSync(file, 'utf8')).join('\n')
    const setup = setupOfUnit(join(path, '..', name), text)
    return setup ? [setup] : []
  })
}

/** What a file of a configuration folder, or one that was named, is for. Undefined: nobody can tell. */
export function setupOfConfiguration(path: string): Setup | undefined {
  const file = resolve(path)
  const kind = basename(file, '.conf')
  const hasChain = /^\s*(--)?chain[\s=]/m.test(readFileSync(file, 'utf8'))
  const word = hasChain ? 'run' : namesIn('daemons').includes(kind) ? kind : undefined
  if (!word) return undefined
  const name = word === kind ? [] : ['--name', kind]
  const words = [word, ...(hasName(file) ? [] : name), '--config', file]
  return { origin: file, words, env: {}, cwd: process.cwd() }
}

function hasName(file: string): boolean {
  return /^\s*(--)?name[\s=]/m.test(readFileSync(file, 'utf8'))
}

export function configurationsIn({ configurations }: Places): string[] {
  return namesOf(configurations, /\.conf$/).map(name => join(configurations, name))
}

function namesOf(folder: string, pattern: RegExp): string[] {
  try {
    return readdirSync(folder)
      .filter(name => pattern.test(name))
      .sort()
  } catch {
    return []
  }
}

/** Plans each; what a start would refuse is a finding. Relative paths begin where the process would have begun them. */
export async function planAll(
  setups: readonly Setup[],
): Promise<{ planned: Planned[]; findings: Finding[] }> {
  const planned: Planned[] = []
  const findings: Finding[] = []
  const here = process.cwd()
  for (const setup of setups) {
    try {
      if (existsSync(setup.cwd)) process.chdir(setup.cwd)
      planned.push(await planSetup(setup))
    } catch (error) {
      if (error instanceof OwnCode) {
        const fix = "sluice doctor 'CHAIN'"
        findings.push(found('unknown', setup.origin, `it cannot be looked at: ${messageOf(error)}`, fix))
        continue
      }
      if (!(error instanceof Misuse)) throw error
      const what = setup.pid === undefined ? 'it would not start' : 'it would not start again'
      findings.push(found('wrong', setup.origin, `${what}: ${messageOf(error)}`))
    } finally {
      process.chdir(here)
    }
  }
  if (findings.length === 0 && planned.length > 0) {
    const all = planned.length === 1 ? 'the options are' : `the options of all ${planned.length} are`
    findings.push(found('well', 'this host', `${all} as a start wants them`))
  }
  return { planned, findings }
}
