import { lstatSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { codeOf, messageOf } from '../../lib/errors.ts'
import { checkSpool as readSpool } from '../../lib/spool/check.ts'
import { filesOf as spoolFilesAt } from '../../lib/spool/layout.ts'
import type { StagePlan } from '../../lib/stage/plan.ts'
import { checkFolder, disksAreWell, type UsedFolder } from './checks/disk.ts'
import { checkProcess } from './checks/processes.ts'
import { checkSpool, type SpoolFacts } from './checks/spools.ts'
import type { Finding } from './finding.ts'
import { descriptorsOf, diskOf, factsOf } from './gather.ts'
import type { Running } from './running.ts'
import { type Planned, stageName } from './setup.ts'

// Looks at the folders and spools that options name; and at the processes.

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

function isStrange(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isFile() === false
  } catch {
    return false
  }
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
