import { closeSync, existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { flagOf, type Option, type Options } from '../../lib/options.ts'
import { becomeUser, type User } from '../../lib/process/as-user.ts'
import { processOptions } from '../../lib/process/options.ts'
import { openToRead, readCautiously, readWhole } from '../../lib/read-file.ts'
import { optionsOf } from '../../lib/stage/options.ts'
import { firstToEnd } from '../../lib/tls/expiry.ts'
import { certificatesIn } from '../../lib/tls/pem.ts'
import {
  type CertificateFacts,
  checkCertificate,
  checkFile,
  filesAreWell,
  type NamedFile,
} from './checks/files.ts'
import type { Finding } from './finding.ts'
import { factsOf, userOf } from './gather.ts'
import { type Planned, stageName } from './setup.ts'

// Looks at the files that options name.

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
