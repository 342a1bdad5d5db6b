// What every server here needs: a cache that survives the checkout, a free port, a command run to its end.
import { execFile } from 'node:child_process'
import { access, mkdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Server {
  url: string
  /** The process that serves, to be killed or frozen; none when the server is somebody else's. */
  pid: number | undefined
  /** SIGTERM, then SIGKILL after a while; resolves when the process is gone. Nothing for a shared one. */
  stop(): Promise<void>
}

export const isRoot = process.getuid?.() === 0

/** Where servers are kept: $SLUICE_CACHE, else $XDG_CACHE_HOME/sluice-test, else the usual folder. */
export function cacheDirectory(): string {
  const { SLUICE_CACHE, XDG_CACHE_HOME } = process.env
  if (SLUICE_CACHE) return SLUICE_CACHE
  if (XDG_CACHE_HOME) return join(XDG_CACHE_HOME, 'sluice-test')
  // Elasticsearch refuses to run as root, and the user it then runs as cannot look into root's home.
  return isRoot ? '/var/cache/sluice-test' : join(homedir(), '.cache', 'sluice-test')
}

/** The path of `name` in the cache; `install(directory)` fills it when it is not there, one at a time. */
export async function installed(
  name: string,
  install: (directory: string) => Promise<void>,
): Promise<string> {
  const target = join(cacheDirectory(), name)
  if (await exists(target)) return target
  return await locked(name, async () => {
    if (await exists(target)) return target
    const half = `${target}.new`
    await rm(half, { recursive: true, force: true })
    await mkdir(half, { recursive: true })
    await install(half)
    await rename(half, target)
    return target
  })
}

/** Runs `work` while no other process runs work of this name. */
export async function locked<T>(name: string, work: () => Promise<T>): Promise<T> {
  await mkdir(cacheDirectory(), { recursive: true })
  // The kernel releases SQLite's lock when its holder dies, so that no stale lock can be left behind.
  const database = new DatabaseSync(join(cacheDirectory(), `${name}.lock`), { timeout: 0 })
  try {
    await until(() => begins(database), { timeout: 300_000, what: `the lock of ${name}` })
    return await work()
  } finally {
    database.close()
  }
}

function begins(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE')
    return true
  } catch (error) {
    if (error instanceof Error && error.message === 'database is locked') return false
    throw error
  }
}

/** Polls `check` until it answers true. */
export async function until(
  check: () => boolean | Promise<boolean>,
  { timeout, what }: { timeout: number; what: string },
): Promise<void> {
  const end = performance.now() + timeout
  while (!(await check())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${timeout / 1000} s`)
    await sleep(50)
  }
}

export interface RunOptions {
  cwd?: string
  env?: Record<string, string>
}

/** Runs a command to its end and gives what it printed; a failure carries the last of its output. */
export function run(command: string, args: string[], { cwd, env }: RunOptions = {}): Promise<string> {
  const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 64 << 20 }
  return new Promise((resolve, reject) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout)
      const output = `${stdout}\n${stderr}`.trim().slice(-2000)
      reject(new Error(`${command} ${args.join(' ')}\n${output || error.message}`, { cause: error }))
    })
  })
}

export function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** A server that somebody else started, named by an environment variable; ours to use, not to stop. */
export function shared(variable: string): Server | undefined {
  const url = process.env[variable]?.replace(/\/+$/, '')
  return url ? { url, pid: undefined, stop: async () => {} } : undefined
}
