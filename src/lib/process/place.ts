import { accessSync, constants, realpathSync } from 'node:fs'
import { access } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { Admin } from '../admin/admin.ts'
import type { AdminHandler } from '../admin/handler.ts'
import { readMetrics } from '../admin/metrics.ts'
import { openAdminFace } from '../admin/open.ts'
import { Fatal, messageOf, systemMessageOf } from '../errors.ts'
import { makeFolder } from '../folder.ts'
import type { Face } from '../serve.ts'
import type { Stage } from '../stage/stage.ts'
import type { HandedSockets } from '../systemd/sockets.ts'
import type { CertificateView } from '../tls/certificates.ts'
import { answers } from '../unix/answers.ts'
import { takeLock } from './lock.ts'
import type { Logger } from './log.ts'

/** Where a running process is found: its name, its admin faces, its folder. */
export interface Place {
  /** Addresses of the admin faces. */
  admin: string[]
  /** What the admin face speaks TLS with. */
  readonly certificates: readonly CertificateView[]
  /** The state folder, which is there after the call. Throws Fatal where nothing can be kept in it. */
  stateFolder(): Promise<string>
  close(): void
}

interface View {
  status(): object
  stages(): readonly Stage[]
  waiting(): readonly string[]
  /** What its daemons answer on the admin faces, by path. */
  readonly handlers: ReadonlyMap<string, AdminHandler>
  /** Called on SIGHUP. */
  readonly reloads: Set<() => void | Promise<void>>
}

/** Takes the name and opens the admin faces. Throws Fatal when the name or the address is taken. */
export async function openPlace(
  name: string,
  options: { name: string | undefined; admin: Face | undefined; sockets: HandedSockets },
  env: NodeJS.ProcessEnv,
  log: Logger,
  view: View,
): Promise<Place> {
  const runtime = runtimeFolder(env)
  const release = await takeName(name, env)
  if (!release)
    throw new Fatal(`--name ${name}: a daemon of this name is running; stop it or choose another name`)
  const certificates: CertificateView[] = []
  const admin = new Admin(
    {
      status: view.status,
      metrics: () => readMetrics(view.stages(), view.waiting().length === 0, certificates),
      waiting: view.waiting,
      handlers: view.handlers,
    },
    log,
  )
  const faces: string[] = []
  const closers = [release, () => admin.close()]
  if (options.admin)
    faces.push(
      ...(await openAdminFace(admin, options.admin, {
        log,
        sockets: options.sockets,
        onReload: reload => view.reloads.add(reload),
        defer: close => closers.push(close),
        certificates: view => certificates.push(view),
      })),
    )
  const socket = await listenInFolder(admin, runtime, name, log)
  if (socket) faces.push(`unix:${socket}`)
  return {
    admin: faces,
    certificates,
    stateFolder: async () => makeStateFolder(stateFolder(env)),
    close() {
      for (const close of closers.toReversed()) close()
    },
  }
}

/** Takes a name for this process, or returns undefined when another one has it. */
export async function takeName(name: string, env: NodeJS.ProcessEnv): Promise<(() => void) | undefined> {
  const runtime = runtimeFolder(env)
  const isInUse = async () => runtime !== undefined && (await answers(join(runtime, `${name}.sock`)))
  const release = await takeLock(`name:${runtime && realPath(runtime)}:${name}`, isInUse)
  // One in another network namespace has locks of its own, and may have the same folder.
  if (!release || !(await isInUse())) return release
  release()
  return undefined
}

/** One folder has one name here, whatever links and dots it was written with. */
function realPath(folder: string): string {
  try {
    return realpathSync(folder)
  } catch {
    return resolve(folder)
  }
}

/** A daemon that cannot be looked into still does its work. */
async function listenInFolder(admin: Admin, folder: string | undefined, name: string, log: Logger) {
  if (folder === undefined) {
    log.warn('no admin socket: neither RUNTIME_DIRECTORY nor XDG_RUNTIME_DIR is set')
    return undefined
  }
  const path = join(folder, `${name}.sock`)
  try {
    makeFolder(folder)
    await access(folder, constants.W_OK)
    await admin.listenUnix(path)
    return path
  } catch (error) {
    log.warn(`no admin socket at ${path}: ${messageOf(error)}`)
    return undefined
  }
}

/** Where the admin sockets are, `NAME.sock` each; undefined where nothing says so. */
export function runtimeFolder(env: NodeJS.ProcessEnv, run = '/run'): string | undefined {
  if (env.RUNTIME_DIRECTORY) return firstOf(env.RUNTIME_DIRECTORY)
  if (isRoot()) return join(run, 'sluice')
  return env.XDG_RUNTIME_DIR ? join(env.XDG_RUNTIME_DIR, 'sluice') : undefined
}

/** Throws Fatal where nothing can be kept in it. */
function makeStateFolder(folder: string): string {
  let verb = 'made'
  try {
    makeFolder(folder)
    verb = 'written to'
    accessSync(folder, constants.W_OK | constants.X_OK)
    return folder
  } catch (error) {
    throw new Fatal(
      `the state folder ${folder} cannot be ${verb}: ${systemMessageOf(error)}; set STATE_DIRECTORY to one that can`,
    )
  }
}

/** Where what must survive a restart is. */
export function stateFolder(env: NodeJS.ProcessEnv): string {
  if (env.STATE_DIRECTORY) return firstOf(env.STATE_DIRECTORY)
  if (isRoot()) return '/var/lib/sluice'
  return join(env.XDG_STATE_HOME || join(homedir(), '.local/state'), 'sluice')
}

/** systemd gives several folders as one list, joined by colons (systemd.exec(5)). */
function firstOf(folders: string): string {
  return folders.split(':')[0]!
}

function isRoot(): boolean {
  return process.getuid?.() === 0
}
