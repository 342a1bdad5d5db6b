import {
  type Dirent,
  existsSync,
  lstatSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  statSync,
} from 'node:fs'
import { dirname, join, parse, relative, resolve } from 'node:path'
import picomatch from 'picomatch'

// Where symbolic links lead to, which a service has to see as well.

/** A folder directly below that of all, or that one: to see one file in it, all of /etc would be shown. */
export function isWide(folder: string): boolean {
  return dirname(folder) === parse(folder).root
}

/**
 * A path, and where it leads to as a symbolic link, step by step: /etc/letsencrypt/live/x/fullchain.pem is one to a file in
 * /etc/letsencrypt/archive/x, and to the next one in there after each renewal.
 */
export function linksFrom(path: string): string[] {
  const steps = [path]
  while (steps.length < MOST_LINKS) {
    const last = steps.at(-1)!
    try {
      // What the folders above lead to, systemd follows itself.
      steps.push(resolve(realpathSync(dirname(last)), readlinkSync(last)))
    } catch {
      break
    }
  }
  return steps
}

/** As many as the kernel follows (path_resolution(7)). */
const MOST_LINKS = 40

/** Folders that are looked into for a pattern, paths of it that are looked at, and what is mounted for the links among them. */
const MOST = { folders: 10_000, paths: 1000, mounts: 100 }

/**
 * What the files lead to that match a pattern now, as far as they are links or below linked folders: /var/log/containers/*.log are
 * links to /var/log/pods. Not what somebody wants to be seen who may only write there: a link counts that root has made, or
 * whoever has what it leads to.
 *
 * @param folder the one above the pattern, which is seen with all that is in it
 */
export function linksWithin(folder: string, glob: string): string[] {
  const found = new Set<string>()
  for (const path of matches(glob).slice(0, MOST.paths)) {
    for (const above of foldersBetween(folder, path))
      for (const step of honestLinksFrom(above)) found.add(step)
    for (const step of honestLinksFrom(path)) found.add(isWide(dirname(step)) ? step : dirname(step))
  }
  return [...found].filter(path => !isWithin(folder, path)).slice(0, MOST.mounts)
}

/** As `tail` reads a pattern, but for names that no link is likely to have. */
function matches(glob: string): string[] {
  const parts = glob.split('/').filter(Boolean)
  const look = new Look()
  return parts.reduce((paths, part) => paths.flatMap(path => look.below(path, part)), ['/'])
}

/** Looks into so many folders, and no more. */
class Look {
  #left = MOST.folders

  /** What is in a folder under a name, or matches a part of a pattern. */
  below(folder: string, part: string): string[] {
    if (part === '**') return [folder, ...this.#folders(folder).flatMap(path => this.below(path, part))]
    if (!/[*?[\]{}!()\\]/.test(part)) return existsSync(join(folder, part)) ? [join(folder, part)] : []
    const isMatch = picomatch(part, { nonegate: true })
    return this.#entries(folder).flatMap(({ name }) => (isMatch(name) ? [join(folder, name)] : []))
  }

  /** Of any depth goes neither into hidden folders nor through links. */
  #folders(folder: string): string[] {
    return this.#entries(folder).flatMap(entry =>
      entry.isDirectory() && !entry.name.startsWith('.') ? [join(folder, entry.name)] : [],
    )
  }

  #entries(folder: string): Dirent[] {
    if (this.#left === 0) return []
    this.#left--
    try {
      return readdirSync(folder, { withFileTypes: true })
    } catch {
      return []
    }
  }
}

/** Those below a folder, down to the one that the path is in. */
function foldersBetween(folder: string, path: string): string[] {
  const names = relative(folder, dirname(path)).split('/').filter(Boolean)
  return names.map((_, n) => join(folder, ...names.slice(0, n + 1)))
}

/** Without the first step, which is the path itself. */
function honestLinksFrom(path: string): string[] {
  const steps = linksFrom(path)
  return steps.slice(1).every((step, n) => isHonest(steps[n]!, step)) ? steps.slice(1) : []
}

function isHonest(link: string, target: string): boolean {
  if (/^\/(proc|sys|dev)(\/|$)/.test(target)) return false
  try {
    const { uid } = lstatSync(link)
    return uid === 0 || uid === statSync(target).uid
  } catch {
    return false
  }
}

function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(join(folder, '/'))
}
