import { realpathSync } from 'node:fs'
import type { Daemon } from '../../lib/daemon.ts'
import { Misuse, systemMessageOf } from '../../lib/errors.ts'
import { nearestOf } from '../../lib/nearest.ts'
import { configure } from '../../lib/process/configuration.ts'
import { processOptions } from '../../lib/process/options.ts'
import { isPath, loadDaemon, nameOf, namesIn } from '../../lib/registry.ts'
import { MAX_IPC_PATH } from '../../lib/schemes.ts'
import type { Flags } from '../../lib/service/rights.ts'
import { type Service, type Supervisor, serviceFor } from '../../lib/service/service.ts'
import { optionsOf } from '../../lib/stage/options.ts'
import { version } from '../../lib/version.ts'
import { MARK } from './installed.ts'
import { checkPaths, thisProgram } from './program.ts'

/** `/run/sluice-NAME/NAME.sock` is the longest path of a socket that a service has. */
const MOST_LETTERS = Math.floor((MAX_IPC_PATH - '/run/sluice-/.sock'.length) / 2)

/** A service that is asked for, with the paths of the programs that it runs. */
export interface Asked {
  service: Service
  paths: readonly string[]
}

/**
 * Checks the flags as the daemon does. Throws Misuse.
 *
 * @param word as `findSafely` gives it
 */
export function askedService(
  word: string,
  daemon: Daemon,
  given: Flags,
  about: { name: string; by: string; supervisor: Supervisor },
): Asked {
  const { name, by, supervisor } = about
  if (!/^[\w.-]+$/.test(name))
    throw new Misuse(`--name ${printable(name)}: use letters, digits, dot, dash and underscore`)
  if (name.length > MOST_LETTERS)
    throw new Misuse(
      `--name ${name}: at most ${MOST_LETTERS} letters; its admin socket is /run/sluice-NAME/NAME.sock, and has ${MAX_IPC_PATH} bytes at most`,
    )
  const { paths, ...program } = thisProgram(word)
  const service = serviceFor({
    ...{ word, kind: nameOf(word), name, daemon, given, program, supervisor },
    configured: configuredFor(word, name, daemon, given),
    comment: [`${MARK} ${by}; docs/services.md explains the lines. Flags of yours`, commentOn(name)],
  })
  return { service, paths }
}

function printable(name: string): string {
  return name.replace(/[\0-\x1f\x7f]/g, character => JSON.stringify(character).slice(1, -1))
}

/** What the file says that the service will read. Its rights depend on it as well. */
function configuredFor(word: string, name: string, daemon: Daemon, given: Flags): Flags {
  const { own, links, buffer } = optionsOf(daemon)
  const groups = { Options: own, Links: links, Buffer: buffer, Process: processOptions }
  const usage = { command: `sluice ${word}`, summary: daemon.summary, groups, version, environment: false }
  const env = { CONFIGURATION_DIRECTORY: '/etc/sluice' }
  const { flags } = configure({ ...usage, kind: name }, { flags: given, argument: undefined }, env)
  return new Map([...flags].filter(([key]) => !given.has(key)))
}

function commentOn(name: string): string {
  return `may stand in /etc/sluice/${name}.conf, rights in what "systemctl edit sluice-${name}" makes.`
}

/** As the registry, with what was likely meant. The word that it gives leads to no other file later: it has no link in it. */
export async function findSafely(typed: string): Promise<{ word: string; daemon: Daemon }> {
  const names = namesIn('daemons')
  const nearest = isPath(typed) || names.includes(typed) ? undefined : nearestOf(typed, names)
  if (nearest !== undefined) throw new Misuse(`there is no daemon "${typed}"; did you mean ${nearest}?`)
  if (!isPath(typed)) return { word: typed, daemon: await loadDaemon(typed) }
  const word = placeOf(typed)
  // To load it is to run it, and this may be root.
  if (process.getuid?.() === 0) checkPaths([word])
  return { word, daemon: await loadDaemon(word) }
}

function placeOf(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    throw new Misuse(`${path}: ${systemMessageOf(error)}`)
  }
}
