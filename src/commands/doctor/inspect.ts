import { lstatSync, type Stats } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { codeOf, messageOf, systemMessageOf } from '../../lib/errors.ts'
import type { Linux } from '../../lib/linux.ts'
import { enter, type User } from '../../lib/process/as-user.ts'
import { NotRead, readCautiously } from '../../lib/read-file.ts'
import { checkLocked } from '../../lib/spool/check.ts'
import { filesOf as spoolFilesAt } from '../../lib/spool/layout.ts'
import { isTaken } from '../../lib/spool/lock.ts'
import { MOST_LOOKED_AT } from '../../lib/spool/pages.ts'
import type { StagePlan } from '../../lib/stage/plan.ts'
import { checkFolder, disksAreWell, type UsedFolder } from './checks/disk.ts'
import { checkProcess } from './checks/processes.ts'
import { checkSpool, type SpoolFacts } from './checks/spools.ts'
import type { Finding } from './finding.ts'
import { descriptorsOf, diskOf, factsOf } from './gather.ts'
import type { Running } from './running.ts'
import { type Planned, stageName } from './setup.ts'

// Looks at the folders and spools that options name; and at the processes.

export function inspectDisks(
  all: readonly Planned[],
  running: readonly Running[],
  linux: Linux | undefined,
): Finding[] {
  const folders = all.flatMap(planned => foldersOf(planned))
  const known = new Map(spoolsOf(running).map(spool => [spool.file, spool]))
  const spools = all.flatMap(planned =>
    planned.stages.flatMap(stage =>
      spoolFilesOf(planned, stage).map(file => ({ file, user: planned.setup.user })),
    ),
  )
  const findings = [
    ...folders.flatMap(folder => checkFolder(folder, diskOf(folder.path))),
    ...known.values().flatMap(checkSpool),
    ...spools.filter(({ file }) => !known.has(file)).flatMap(spool => inspectSpool(spool, linux)),
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

function isStrange(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isFile() === false
  } catch {
    return false
  }
}

/** The files of a spool that a look at it reads. */
function filesAt(name: string): string[] {
  const { main, wal, mark, lock } = spoolFilesAt(name)
  return [main, wal, mark, lock]
}

/**
 * Whoever may write to a folder says what is in it, and root's eyes are not for that: it is looked at as its daemon's user, or as
 * whoever the folder or a file of the spool belongs to. Throws NotRead where that may be anybody.
 */
function readerOf(name: string, user: User | undefined, folder: Stats): User | undefined {
  if (process.geteuid?.() !== 0) return undefined
  if (user && user.uid !== 0) return user
  const all = [folder, ...filesAt(name).flatMap(file => lstatSync(file, { throwIfNoEntry: false }) ?? [])]
  const owner = all.find(({ uid }) => uid !== 0)
  if (owner) return { uid: owner.uid, groups: [owner.gid] }
  if (all.some(({ mode }) => (mode & 0o022) !== 0)) throw new NotRead('others than root may write to it')
  return undefined
}

function inspectSpool({ file, user }: { file: string; user: User | undefined }, linux?: Linux): Finding[] {
  const name = basename(file)
  const leave = readCautiously()
  let back = () => {}
  try {
    back = enter(dirname(file), folder => readerOf(name, user, folder))
    return lookInto(file, name, linux)
  } catch (error) {
    // There is no folder yet.
    if (codeOf(error) === 'ENOENT') return []
    return checkSpool({ file, why: systemMessageOf(error) })
  } finally {
    back()
    leave()
  }
}

/** @param name of the file, in the folder where we are */
function lookInto(file: string, name: string, linux: Linux | undefined): Finding[] {
  // A link, or a pipe, was put there by somebody else, for us to open.
  if (Object.values(spoolFilesAt(name)).some(isStrange)) return checkSpool({ file })
  const size = lstatSync(name, { throwIfNoEntry: false })?.size ?? 0
  if (size === 0) return []
  if (Math.max(size, sizeOf(spoolFilesAt(name).wal)) > MOST_LOOKED_AT) return checkSpool({ file })
  // A daemon has it open that was not found: it knows better.
  const isInUse = () => linux !== undefined && isTaken(name, linux)
  if (!linux && factsOf(spoolFilesAt(name).lock))
    return checkSpool({ file, why: 'whether a daemon has it open is not known' })
  if (isInUse()) return []
  const closed = closedSpool(name)
  return isInUse() ? [] : checkSpool({ file, closed })
}

function closedSpool(name: string): SpoolFacts['closed'] {
  try {
    const { isSound, reason, readable } = checkLocked(name)
    return { isSound, reason, records: readable.records }
  } catch (error) {
    if (error instanceof NotRead || (error as NodeJS.ErrnoException).errno !== undefined) throw error
    return { isSound: false, reason: messageOf(error), records: 0 }
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
