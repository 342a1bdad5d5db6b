// Starts a server as a child that dies with us, waits until it is ready, and stops that one process again.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from './support.ts'

export interface Launch {
  name: string
  command: string
  args: string[]
  env?: Record<string, string>
  /** The system user to run as; only root can ask for one. */
  user?: string | undefined
  /** From temporaryDirectory(); holds the log, and is removed by stop(). */
  directory: string
  ready: () => Promise<boolean>
  timeout: number
  /** Which process serves, when what is launched is only its parent, which ends when the server has ended. */
  serving?: () => Promise<number>
}

export interface Running {
  pid: number
  stop(): Promise<void>
}

export function temporaryDirectory(name: string): Promise<string> {
  return mkdtemp(join(tmpdir(), `sluice-${name}-`))
}

export async function launch({ name, ready, timeout, serving, ...how }: Launch): Promise<Running> {
  const child = start(how)
  const failure = new Promise<never>((_, reject) => child.once('error', reject))
  const up = until(() => gone(child) || ready(), { timeout, what: 'ready' })
  try {
    await Promise.race([up, failure])
    if (child.pid === undefined) await failure
    if (gone(child)) throw new Error(`it ended with ${child.signalCode ?? `exit code ${child.exitCode}`}`)
    const pid = (await serving?.()) ?? child.pid!
    // Nobody who forgets stop() shall hang for it: the server goes when we go.
    child.unref()
    return { pid, stop: () => end(child, pid, how.directory) }
  } catch (error) {
    const tail = await lastOf(join(how.directory, 'log'))
    await end(child, child.pid, how.directory)
    throw new Error(`${name} did not start: ${(error as Error).message}\n${tail}`, { cause: error })
  }
}

function start({
  command,
  args,
  env,
  user,
  directory,
}: Pick<Launch, 'command' | 'args' | 'env' | 'user' | 'directory'>): ChildProcess {
  const log = openSync(join(directory, 'log'), 'w')
  const as = user ? ['--reuid', user, '--regid', user, '--clear-groups'] : []
  // The kernel sends this signal when we die in whatever way, which no handler of ours could promise.
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', ...as, command, ...args], {
    cwd: directory,
    env: { ...process.env, ...env },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  return child
}

async function end(child: ChildProcess, pid: number | undefined, directory: string): Promise<void> {
  if (pid !== undefined && !gone(child)) {
    child.ref()
    const exit = once(child, 'exit')
    const patience = new AbortController()
    const ended = exit.finally(() => patience.abort())
    signal(pid, 'SIGTERM')
    await Promise.race([ended, sleep(20_000, undefined, patience).catch(() => {})])
    if (!gone(child)) signal(pid, 'SIGKILL')
    await ended
  }
  await rm(directory, { recursive: true, force: true, maxRetries: 5 })
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    // It has just ended by itself.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Also true of a child that never was, because its command is not there. */
function gone(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}

function lastOf(log: string): Promise<string> {
  return readFile(log, 'utf8').then(
    text => text.slice(-4000).trim(),
    () => '',
  )
}
