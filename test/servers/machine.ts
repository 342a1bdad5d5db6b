// A Debian that is booted by a real systemd, in a container: for what can only be seen there. It sees this checkout as
// /opt/sluice, and what is changed in it is gone when it stops.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { unpackedPackages } from './debian.ts'
import { launch, type Running, temporaryDirectory } from './process.ts'
import { installed, isRoot, run } from './support.ts'

export interface Machine extends Running {
  /** A folder that it has as /out. */
  out: string
  /** Runs a command in it, to its end, and gives what it printed. */
  run(...command: string[]): Promise<string>
}

const ROOT = join(import.meta.dirname, '../..')
const PACKAGES = ['debootstrap', 'systemd-container'] as const

/** Puts the Debian into the cache when it is not there; it takes a minute. */
export async function installMachine(): Promise<{ nspawn: string; image: string }> {
  if (!isRoot) throw new Error('a container with systemd takes root')
  const tools = await unpackedPackages(...PACKAGES)
  const image = await installed('debian-systemd', async directory => {
    const packages = '--include=systemd,systemd-sysv,dbus'
    const script = join(tools, 'usr/sbin/debootstrap')
    const env = { DEBOOTSTRAP_DIR: join(tools, 'usr/share/debootstrap') }
    await run('sh', [script, '--variant=minbase', packages, 'bookworm', join(directory, 'root')], { env })
  })
  return { nspawn: join(tools, 'usr/bin/systemd-nspawn'), image: join(image, 'root') }
}

/** Boots it with these files in it, by their paths. */
export async function startMachine(files: { readonly [path: string]: string }): Promise<Machine> {
  const { nspawn, image } = await installMachine()
  const directory = await temporaryDirectory('machine')
  const binds: string[] = []
  for (const [n, [path, text]] of Object.entries(files).entries()) {
    const file = join(directory, `file-${n}`)
    await writeFile(file, text)
    binds.push(`--bind-ro=${file}:${path}`)
  }
  const how = ['--quiet', '--boot', '--register=no', '--keep-unit', '--private-network', '--console=pipe']
  const args = [
    ...how,
    `--directory=${image}`,
    '--volatile=overlay',
    `--bind-ro=${ROOT}:/opt/sluice`,
    ...binds,
  ]
  let leader: string | undefined
  const inside = (...command: string[]) => run('nsenter', ['-t', leader!, '-a', ...command])
  const running = await launch({
    name: 'systemd-nspawn',
    command: '/bin/sh',
    args: [
      '-c',
      'echo $$ > "$1/pid" && shift && exec "$@"',
      'sh',
      directory,
      nspawn,
      ...args,
      `--bind=${directory}:/out`,
    ],
    directory,
    ready: async () => {
      // Anew each time: the first child that is seen may be one that only prepares the container.
      leader = await childOf(join(directory, 'pid'))
      if (leader === undefined) return false
      // Something that nobody here asks for may have failed, on a slow machine.
      const state = await inside('sh', '-c', 'systemctl is-system-running; true').catch(() => '')
      return ['running', 'degraded'].includes(state.trim())
    },
    timeout: 90_000,
  })
  return { ...running, out: directory, run: inside }
}

/** The process whose parent has its number in this file. */
async function childOf(file: string): Promise<string | undefined> {
  const pid = (await readFile(file, 'utf8').catch(() => '')).trim()
  if (pid === '') return undefined
  return (
    (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')).trim().split(' ')[0] ||
    undefined
  )
}
