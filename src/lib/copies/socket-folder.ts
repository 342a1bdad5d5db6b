import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { codeOf, Fatal } from '../errors.ts'
import { makeFolder } from '../folder.ts'
import { MAX_IPC_PATH } from '../schemes.ts'

/** Where the sockets of the links between copies are. */
export interface SocketFolder {
  readonly path: string
  endpointOf(socket: string): string
  /** Nobody needs it any more. */
  remove(): void
}

/**
 * Makes the folder NAME.links in the runtime folder, or one in the folder for temporary files where there is no runtime
 * folder, where it cannot be written, or where the paths would be too long. Links have no keys, so it is for this user only.
 */
export function openSocketFolder(
  runtime: string | undefined,
  name: string,
  sockets: readonly string[],
): SocketFolder {
  const wanted = runtime === undefined ? undefined : resolve(runtime, `${name}.links`)
  const folder =
    wanted !== undefined && fits(wanted, sockets) && makePrivate(wanted)
      ? wanted
      : mkdtempSync(join(tmpdir(), 'sluice-'))
  if (!fits(folder, sockets)) {
    rmSync(folder, { recursive: true })
    throw new Fatal(`${folder}: too long a path for unix sockets; set TMPDIR to a shorter one`)
  }
  return {
    path: folder,
    endpointOf: socket => `ack+ipc://${join(folder, socket)}`,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** In an endpoint a question mark begins the query. */
function fits(folder: string, sockets: readonly string[]): boolean {
  const paths = sockets.map(socket => join(folder, socket))
  return paths.every(path => Buffer.byteLength(path) <= MAX_IPC_PATH && !path.includes('?'))
}

/** False where it cannot be made. One that an earlier life left behind is taken over. */
function makePrivate(folder: string): boolean {
  try {
    makeFolder(resolve(folder, '..'))
    try {
      mkdirSync(folder, { mode: 0o700 })
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
      // Fails where it is somebody else's.
      chmodSync(folder, 0o700)
    }
    return true
  } catch {
    return false
  }
}
