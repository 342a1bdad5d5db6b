import { closeSync, existsSync, lstatSync, type Stats, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { codeOf, messageOf } from '../../lib/errors.ts'
import { flagOf, type Option, type Options } from '../../lib/options.ts'
import { processOptions } from '../../lib/process/options.ts'
import { openToRead, readCautiously, readWhole } from '../../lib/read-file.ts'
import { checkSpool as readSpool } from '../../lib/spool/check.ts'
import { filesOf as spoolFilesAt } from '../../lib/spool/layout.ts'
import { optionsOf } from '../../lib/stage/options.ts'
import type { StagePlan } from '../../lib/stage/plan.ts'
import { firstToEnd } from '../../lib/tls/expiry.ts'
import { certificatesIn } from '../../lib/tls/pem.ts'
import { becomeUser, type User } from './as-user.ts'
import { checkFolder, disksAreWell, type UsedFolder } from './checks/disk.ts'
import {
  type CertificateFacts,
  checkCertificate,
  checkFile,
  filesAreWell,
  type NamedFile,
} from './checks/files.ts'
import { checkProcess } from './checks/processes.ts'
import { checkSpool, type SpoolFacts } from './checks/spools.ts'
import type { Finding } from './finding.ts'
import { descriptorsOf, diskOf, userOf } from './gather.ts'
import type { Running } from './running.ts'
import { type Planned, stageName } from './setup.ts'

// Looks at what the options name: files, folders, spools; and at the processes.

/** Options that name certificates, and lists of them. */
const CERTIFICATES = /(^ca|[cC]ert|[cC]lientCa)$/

export function inspectFiles(all: readonly Planned[], now: number): Finding[] {
  const files = all.flatMap(filesOf)
  const certificates = files.filter(({ key, path }) => CERTIFICATES.test(key) && existsSync(path))
  const findings = [
    ...files.flatMap(file => checkFile({ ...file, canOpen: canOpen(file) }, factsOf(file.path))),
    ...certificates.flatMap(file => inspectCertificate(file, now)),
  ]
  const count = (wrong: string) => (findings.some(({ check }) => check === wrong) ? 0 : 1)
  return [
    ...findings,
    ...filesAreWell(files.length * count('files'), certificates.length * count('certificates')),
  ]
}

/** A file that an option names, with the key of the option. */
function filesOf(planned: Planned): (NamedFile & { key: string })[] {
  const { setup, name, values } = planned
  const reader = setup.pid === undefined ? undefined : userOf(setup.pid)
  const of = (about: string, options: Options, given: object) =>
    Object.entries(options).flatMap(([key, option]) =>
      pathsIn(option, (given as { [key: string]: unknown })[key]).map(path => ({
        ...{ about, key, flag: flagOf(key), path: resolve(setup.cwd, path) },
        ...{ isSecret: option.access === 'secret', reader },
      })),
    )
  return [
    ...of(name, processOptions, values),
    ...planned.stages.flatMap(stage => {
      const { own, links } = optionsOf(stage.daemon)
      const about = stageName(planned, stage)
      return [...of(about, own, stage.own), ...of(about, links, stage.values)]
    }),
  ]
}

/** What may be a pattern, or is made when it is not there, is no file that has to be. */
function pathsIn({ access, repeatable }: Option<unknown>, value: unknown): string[] {
  const isRead = access === 'read' || access === 'secret'
  return isRead && !repeatable && typeof value === 'string' ? [value] : []
}

function isStrange(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isFile() === false
  } catch {
    return false
  }
}

/** Undefined for a file that is not there, or in a folder that we may not look into. */
function factsOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

/** Whether the daemon's user can: modes alone do not say it (acl(5)). Undefined where that cannot be tried. */
function canOpen({ path, reader }: NamedFile): boolean | undefined {
  if (!reader || process.geteuid?.() !== 0) return undefined
  try {
    return asReader(reader, () => closeSync(openToRead(path))) === undefined
  } catch {
    return false
  }
}

/** With the rights of the daemon's user, and without waiting for what is no file. */
function asReader<T>(reader: User | undefined, look: () => T): T {
  const leave = readCautiously()
  const back = becomeUser(reader)
  try {
    return look()
  } finally {
    back()
    leave()
  }
}

function inspectCertificate(file: NamedFile & { key: string }, now: number): Finding[] {
  const { about, flag, key, path, reader } = file
  try {
    const pem = asReader(reader, () => readWhole(path))
    const chain = certificatesIn(pem)
    const isOwn = /[cC]ert$/.test(key)
    const last = chain.at(-1)!
    const facts: CertificateFacts = {
      ...{ about, flag, path },
      expiries: [{ flag, file: path, ...firstToEnd(pem) }],
      broken: isOwn
        ? chain
            .slice(0, -1)
            .filter((one, n) => !one.checkIssued(chain[n + 1]!))
            .map(one => one.subject)
        : [],
      // A root of its own, or one that is signed by somebody whom clients may well know.
      isIncomplete: isOwn && chain.length === 1 && !last.checkIssued(last) && last.infoAccess !== undefined,
    }
    return checkCertificate(facts, now)
  } catch {
    // What is no certificate at all, or may not be read, has been said where the options were looked at.
    return []
  }
}

export function inspectDisks(all: readonly Planned[], running: readonly Running[]): Finding[] {
  const folders = all.flatMap(planned => foldersOf(planned))
  const known = new Map(spoolsOf(running).map(spool => [spool.file, spool]))
  const spools = all.flatMap(planned => planned.stages.flatMap(stage => spoolFilesOf(planned, stage)))
  const findings = [
    ...folders.flatMap(folder => checkFolder(folder, diskOf(folder.path))),
    ...known.values().flatMap(checkSpool),
    ...spools.filter(file => !known.has(file)).flatMap(inspectSpool),
  ]
  return findings.length > 0 ? findings : disksAreWell(new Set(folders.map(({ path }) => path)).size)
}

function foldersOf(planned: Planned): UsedFolder[] {
  const { setup, name, state } = planned
  const folders: UsedFolder[] = [{ about: name, what: 'state', path: state }]
  for (const stage of planned.stages) {
    const about = stageName(planned, stage)
    const { spool, spoolLimit: limit } = stage.values
    if (spool) {
      const used = spoolFilesOf(planned, stage).reduce((sum, file) => sum + sizeOf(file), 0)
      folders.push({ about, what: 'spool', path: resolve(setup.cwd, spool), limit, used })
    }
    const letters = lettersOf(planned, stage)
    folders.push({
      ...{ about, what: 'dead letters', path: dirname(letters) },
      ...{ limit: stage.values.deadLettersLimit, used: sizeOf(letters) },
      isWithin: dirname(letters) === state,
    })
    const { path, keepBytes } = stage.own as { path?: string; keepBytes?: number }
    if (keepBytes !== undefined)
      folders.push({
        ...{ about, what: 'store', path: path ? resolve(setup.cwd, path) : join(state, 'store') },
        limit: keepBytes || undefined,
        used: keepBytes || 0,
      })
  }
  return folders
}

/** The file of its dead letters, which is there as soon as there are some. What goes by a link is for whoever is at its other end. */
function lettersOf(planned: Planned, stage: StagePlan): string {
  const { deadLetters } = stage
  if (deadLetters?.scheme === 'file') return deadLetters.address
  return join(planned.state, `${ownNameOf(planned, stage)}.dead.ndjson`)
}

function ownNameOf({ name }: Planned, stage: StagePlan): string {
  return stage.name === name ? name : `${name}.${stage.name}`
}

function sizeOf(file: string): number {
  return factsOf(file)?.size ?? 0
}

/** The files of a stage's spools, as they would be called. */
function spoolFilesOf(planned: Planned, stage: StagePlan): string[] {
  const { setup } = planned
  const owner = ownNameOf(planned, stage)
  const fileOf = (folder: string, of: string) => resolve(setup.cwd, folder, `${of}.spool`)
  return [
    ...(stage.values.spool ? [fileOf(stage.values.spool, owner)] : []),
    ...stage.outputs.flatMap(output =>
      output.values.spool ? [fileOf(output.values.spool, `${owner}.${output.name}`)] : [],
    ),
  ]
}

function spoolsOf(running: readonly Running[]): SpoolFacts[] {
  return running.flatMap(({ status }) =>
    status.stages.flatMap(({ name, spools }) =>
      spools.map(({ file, bytes, limit, age }) => {
        const about = name === status.name ? name : `${status.name}/${name}`
        return { file, open: { about, bytes, limit, age } }
      }),
    ),
  )
}

/** Reading all of a larger one takes long, and is what `sluice spool check` is for. */
const MOST_SPOOL = 2 ** 28

function inspectSpool(file: string): Finding[] {
  // A link, or a pipe, was put there by somebody else, for us to open.
  if ([file, `${file}-wal`, ...Object.values(spoolFilesAt(file))].some(isStrange)) return checkSpool({ file })
  const size = sizeOf(file)
  if (size === 0) return []
  if (size > MOST_SPOOL) return checkSpool({ file })
  try {
    const { isSound, reason, readable } = readSpool(file)
    return checkSpool({ file, closed: { isSound, reason, records: readable.records } })
  } catch (error) {
    // A daemon has it open that was not found: it knows better.
    if (codeOf(error) === 'ERR_SPOOL_IN_USE') return []
    return checkSpool({ file, closed: { isSound: false, reason: messageOf(error), records: 0 } })
  }
}

export function inspectProcesses(running: readonly Running[], all: readonly Planned[]): Finding[] {
  return running.flatMap(({ status }) => {
    const { name, pid, waiting } = status
    const planned = all.find(({ setup }) => setup.pid === pid)
    const connections = (planned?.stages ?? []).map(({ own }) => Number(own.maxConnections ?? 0))
    const sum = connections.reduce((all, some) => all + some, 0)
    return checkProcess({ name, pid, waiting, ...descriptorsOf(pid), connections: sum })
  })
}
