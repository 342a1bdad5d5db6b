import { existsSync, lstatSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { socketFolders } from '../../lib/asking/folders.ts'
import { Misuse } from '../../lib/errors.ts'
import { loadLinux } from '../../lib/linux.ts'
import { checkClock } from './checks/clock.ts'
import { checkKernel } from './checks/kernel.ts'
import { checkLinks } from './checks/links.ts'
import { checkPorts } from './checks/ports.ts'
import {
  configurationsIn,
  findSocketUnits,
  findUnits,
  PLACES,
  type Places,
  planAll,
  setupOfConfiguration,
} from './find.ts'
import { type Finding, finder } from './finding.ts'
import { gatherHost } from './gather.ts'
import { inspectDisks, inspectProcesses } from './inspect.ts'
import { inspectFiles } from './inspect-files.ts'
import { findRunning, type Running } from './running.ts'
import type { Planned, Setup } from './setup.ts'
import type { SocketUnit } from './socket-units.ts'
import { setupOfUnit } from './units.ts'

/** What is to be looked at, where somebody says it. */
export interface Chosen {
  kind: 'configuration' | 'unit' | 'chain'
  word: string
}

export interface Examined {
  findings: Finding[]
  /** What was looked at. */
  looked: string[]
}

const found = finder('options')

/** Finds what there is, and makes all checks. Throws Misuse for what was chosen and is nothing to look at. */
export async function examine(
  chosen: readonly Chosen[],
  env: NodeJS.ProcessEnv,
  places: Places = PLACES,
): Promise<Examined> {
  const { running, planned, sockets, findings } =
    chosen.length > 0 ? await planChosen(chosen) : await findAll(env, places)
  const host = await gatherHost()
  return {
    looked: planned.map(({ name, setup }) => `${name} (${setup.origin})`),
    findings: [
      ...findings,
      ...checkKernel(planned, host),
      ...checkPorts(planned, host, sockets),
      ...checkLinks(planned, { host, isThere: existsSync }),
      ...inspectFiles(planned, host.now),
      ...inspectDisks(planned, running, await loadLinux()),
      ...inspectProcesses(running, planned),
      ...checkClock(host),
    ],
  }
}

interface All {
  running: readonly Running[]
  planned: Planned[]
  sockets: readonly SocketUnit[]
  findings: Finding[]
}

async function planChosen(chosen: readonly Chosen[]): Promise<All> {
  const { planned, findings } = await planAll(chosen.map((one, n) => setupOf(one, n + 1)))
  return { running: [], sockets: [], planned, findings }
}

function setupOf({ kind, word }: Chosen, n: number): Setup {
  if (kind === 'chain') {
    const words = ['run', '--name', `chain-${n}`, word]
    return { origin: `chain ${n}`, words, env: {}, cwd: process.cwd(), isTyped: true }
  }
  const path = resolve(word)
  const setup = kind === 'unit' ? setupOfUnit(path, readFileSync(path, 'utf8')) : setupOfConfiguration(path)
  if (setup) return setup
  throw new Misuse(
    kind === 'unit'
      ? `${word}: it starts no daemon of Sluice`
      : `${word}: which daemon it is for is not known; call it as the daemon is called, or write the daemon with --config ${word}`,
  )
}

/** What runs comes first: it is what its unit or file says as well, and more. */
async function findAll(env: NodeJS.ProcessEnv, places: Places): Promise<All> {
  const { running, findings } = await findRunning(socketFolders(env, places.run))
  // A copy is described by the process that started it.
  const started = running.flatMap(({ setup }) => (setup && !setup.env.SLUICE_COPY ? [setup] : []))
  const first = await planAll(started)
  const names = new Set(running.map(({ status }) => status.name))
  const units = await planAll(findUnits(places).map(withLife))
  const fresh = units.planned.filter(({ name }) => !names.has(name))
  const hidden = fresh.filter(({ setup }) => setup.isUp)
  const known = [...first.planned, ...fresh]
  const files = configurationsIn(places).filter(file => !isRead(file, [...first.planned, ...units.planned]))
  const described = files.flatMap(file => setupOfConfiguration(file) ?? [])
  const others = files.filter(file => !described.some(({ origin }) => origin === file))
  const last = await planAll(described)
  const all = [...known, ...last.planned.filter(({ name }) => !names.has(name))]
  return {
    running,
    planned: all,
    sockets: findSocketUnits(places),
    findings: [
      ...findings,
      ...hidden.map(({ name }) => found('unknown', name, 'it runs, and who asks it is not answered', ASK)),
      ...oneOf([...first.findings, ...units.findings, ...last.findings]),
      ...others.map(file => found('warning', file, 'no daemon that runs or has a unit reads it')),
    ],
  }
}

const ASK = 'sudo sluice doctor'

/** While a service runs, the folder is there that systemd makes for it. */
function withLife(setup: Setup): Setup {
  const folder = setup.env.RUNTIME_DIRECTORY
  const isUp = folder !== undefined && lstatSync(folder, { throwIfNoEntry: false }) !== undefined
  return isUp ? { ...setup, isUp } : setup
}

/** Of all that say that all is well, the last. */
function oneOf(findings: readonly Finding[]): Finding[] {
  const bad = findings.filter(({ level }) => level !== 'well')
  return bad.length > 0 ? bad : findings.slice(-1)
}

function isRead(file: string, planned: readonly Planned[]): boolean {
  return planned.some(({ configuration }) => configuration === file)
}
