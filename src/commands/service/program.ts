import { realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Misuse } from '../../lib/errors.ts'
import { launcher } from '../../lib/launcher.ts'
import { isPath } from '../../lib/registry.ts'
import { isWide } from '../../lib/service/links.ts'
import { literal } from '../../lib/service/quote.ts'
import type { Program } from '../../lib/service/service.ts'

/** Folders of people, whom systemd hides from services, and those where everybody may write. */
const NOT_BELOW = ['/home', '/root', '/tmp', '/var/tmp', '/run/user', '/dev/shm']

const INSTEAD =
  'npm install --global --prefix /usr/local ./sluice-*.tgz, and then /usr/local/bin/sluice service …'

/** How services start what runs here: by this Node, with its flags, and this package. */
export function thisProgram(word: string): Program & { paths: string[] } {
  const node = realpathSync(process.execPath)
  const script = realpathSync(launcher)
  const file = isPath(word) ? realpathSync(word) : undefined
  const own = file === undefined ? [] : [homeOf(file)]
  return {
    paths: [node, script, ...(file === undefined ? [] : [file])],
    command: name => [node, ...process.execArgv, script, name].map(literal),
    environment: [],
    home: [node, packageHome(dirname(dirname(script))), ...own],
  }
}

/** The folder of somebody's own daemon, which its service sees with all that is in it. */
export function homeOf(file: string): string {
  const folder = dirname(file)
  if (isWide(folder))
    throw new Misuse(
      `${file}: its service would see all of ${folder}; put it into a folder of its own, such as /opt/own`,
    )
  return folder
}

/** With what it depends on: npm puts that into it, or beside it. */
function packageHome(root: string): string {
  return /^(.*\/node_modules)\//.exec(join(root, '/'))?.[1] ?? root
}

/** Why a service must not run what is at this path; undefined where it may. */
export function whyUnsafe(path: string): string | undefined {
  const below = NOT_BELOW.find(folder => path.startsWith(`${folder}/`))
  if (below !== undefined)
    return `${path} is below ${below}, which services do not see, or where others may write`
  for (let folder = path; ; folder = dirname(folder)) {
    const { uid, gid, mode } = statSync(folder)
    const byGroup = (mode & 0o020) !== 0 && gid !== 0
    if (uid !== 0 || byGroup || (mode & 0o002) !== 0) return `${folder} can be changed by others than root`
    if (folder === dirname(folder)) return undefined
  }
}

/** Throws Misuse with what to type instead. */
export function checkPaths(paths: readonly string[]): void {
  const why = paths.map(whyUnsafe).find(one => one !== undefined)
  if (why !== undefined) throw new Misuse(`${why}; install it elsewhere: ${INSTEAD}`)
}
