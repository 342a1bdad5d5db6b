import { existsSync, readdirSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { codeOf, Misuse, messageOf, systemMessageOf } from '../../lib/errors.ts'
import { becomeUser, enter, readyToBecome } from '../../lib/process/as-user.ts'
import { readCautiously, readWhole } from '../../lib/read-file.ts'
import { namesIn } from '../../lib/registry.ts'
import { type Finding, finder } from './finding.ts'
import { withoutSecrets } from './quoting.ts'
import { OwnCode, type Planned, planSetup, type Setup } from './setup.ts'
import { readSocketUnit, type SocketUnit } from './socket-units.ts'
import { setupOfUnit } from './units.ts'

// Where processes of Sluice are described: by units, and by files.

const found = finder('options')

/** Folders of this host, or of a test. */
export interface Places {
  units: readonly string[]
  configurations: string
  /** With the folders of admin sockets. */
  run: string
}

export const PLACES: Places = {
  units: ['/etc/systemd/system', '/run/systemd/system', '/usr/lib/systemd/system', '/lib/systemd/system'],
  configurations: '/etc/sluice',
  run: '/run',
}

/** Services of Sluice. */
export function findUnits(places: Places): Setup[] {
  return unitsLike(/^sluice[-@].*\.service$/, places).flatMap(
    ({ path, text }) => setupOfUnit(path, text) ?? [],
  )
}

/** What systemd opens for them. */
export function findSocketUnits(places: Places): SocketUnit[] {
  return unitsLike(/^sluice[-@].*\.socket$/, places).flatMap(
    ({ path, text }) => readSocketUnit(path, text) ?? [],
  )
}

/** Units that are installed by an administrator, or enabled: what a package brings and nobody wants is not looked at. */
function unitsLike(pattern: RegExp, { units }: Places): { path: string; text: string }[] {
  const wanted = units.flatMap(folder =>
    namesOf(folder, /\.wants$/).flatMap(wants => namesOf(join(folder, wants), pattern)),
  )
  const names = new Set([...namesOf(units[0]!, pattern), ...wanted])
  return [...names].sort().flatMap(name => {
    const template = name.replace(/@.*\./, '@.')
    const path = units.flatMap(folder => [join(folder, name), join(folder, template)]).find(existsSync)
    if (!path) return []
    const dropIns = units.flatMap(folder =>
      [...new Set([template, name])].flatMap(unit =>
        namesOf(join(folder, `${unit}.d`), /\.conf$/).map(file => join(folder, `${unit}.d`, file)),
      ),
    )
    const text = [path, ...dropIns].map(textOf).join('\n')
    return [{ path: join(path, '..', name), text }]
  })
}

/** What a file of a configuration folder, or one that was named, is for. Undefined: nobody can tell. */
export function setupOfConfiguration(path: string): Setup | undefined {
  const file = resolve(path)
  const kind = basename(file, '.conf')
  const hasChain = /^\s*(--)?chain[\s=]/m.test(textOf(file))
  const word = hasChain ? 'run' : namesIn('daemons').includes(kind) ? kind : undefined
  if (!word) return undefined
  const name = word === kind ? [] : ['--name', kind]
  const words = [word, ...(hasName(file) ? [] : name), '--config', file]
  return { origin: file, words, env: {}, cwd: process.cwd() }
}

function hasName(file: string): boolean {
  return /^\s*(--)?name[\s=]/m.test(textOf(file))
}

/** Nothing of what cannot be read, and is said where its options are looked at. */
function textOf(file: string): string {
  const back = readCautiously()
  try {
    return readWhole(file).toString()
  } catch {
    return ''
  } finally {
    back()
  }
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
  await readyToBecome(setups.map(({ user }) => user))
  for (const setup of setups) {
    // Who types a chain may well type <(…).
    const leave = setup.isTyped ? () => {} : readCautiously()
    let back = () => {}
    try {
      back = enterFolderOf(setup)
      planned.push(await planSetup(setup))
    } catch (error) {
      back()
      if (error instanceof OwnCode) {
        const fix = "sluice doctor 'CHAIN'"
        findings.push(found('unknown', setup.origin, `it cannot be looked at: ${messageOf(error)}`, fix))
        continue
      }
      // Of one setup, which must not keep the others from being looked at.
      if (!(error instanceof Misuse)) {
        findings.push(found('unknown', setup.origin, `it cannot be looked at: ${messageOf(error)}`))
        continue
      }
      // It may see the file in its own way: bound into its sandbox, say.
      const isHidden = setup.user !== undefined && /permission denied/i.test(error.message)
      const what = setup.pid === undefined ? 'it would not start' : 'it would not start again'
      findings.push(
        found(
          isHidden ? 'unknown' : 'wrong',
          setup.origin,
          `${what}: ${withoutSecrets(messageOf(error), setup)}`,
        ),
      )
    } finally {
      back()
      leave()
    }
  }
  if (findings.length === 0 && planned.length > 0) {
    const all = planned.length === 1 ? 'the options are' : `the options of all ${planned.length} are`
    findings.push(found('well', 'this host', `${all} as a start wants them`))
  }
  return { planned, findings }
}

/** One that is not there may be made by a start: that of a service, by systemd. */
function enterFolderOf({ cwd, user }: Setup): () => void {
  // Where we are we may be without the right to enter it: `sudo -u nobody` in /root.
  if (!user && resolve(cwd) === process.cwd()) return () => {}
  try {
    return enter(cwd, () => user)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return becomeUser(user)
    throw new Error(`its working directory ${cwd}: ${systemMessageOf(error)}`)
  }
}
