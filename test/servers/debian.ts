// Debian packages: installed on the system (root only), or only unpacked beside it.
import { glob } from 'node:fs/promises'
import { join } from 'node:path'
import { installed, isRoot, run } from './support.ts'

export async function installPackages(...names: string[]): Promise<void> {
  if (!isRoot) throw new Error(`to be installed by root: ${names.join(' ')}`)
  const install = () =>
    run('apt-get', ['install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', ...names])
  await withFreshLists(install)
}

/**
 * Packages with what they need and this system does not have, unpacked beside it: the root folder of it all, in a cache
 * whose name is the list, so that a longer list is unpacked anew.
 */
export async function unpackedPackages(...names: string[]): Promise<string> {
  const directory = await installed(names.join('+'), directory => unpack(directory, names))
  return join(directory, 'root')
}

async function unpack(directory: string, names: string[]): Promise<void> {
  await withFreshLists(async () => {
    const missing = await toInstall(names)
    // Downloads go to the current folder; as root, since the user _apt may not be able to write there.
    const download = ['download', '-o', 'APT::Sandbox::User=root', ...new Set([...names, ...missing])]
    await run('apt-get', download, { cwd: directory })
  })
  for await (const archive of glob(join(directory, '*.deb'))) {
    await run('dpkg', ['-x', archive, join(directory, 'root')])
  }
}

/** The names of all packages that an installation would add, by a simulation that changes nothing. */
async function toInstall(names: string[]): Promise<string[]> {
  const plan = await run('apt-get', ['install', '--simulate', '--no-install-recommends', ...names])
  return Array.from(plan.matchAll(/^Inst (\S+)/gm), match => match[1]!)
}

/** Package lists can be absent (a fresh image) or older than the archive: then they are fetched, once. */
async function withFreshLists(work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!isRoot) throw error
    await run('apt-get', ['update'])
    await work()
  }
}
