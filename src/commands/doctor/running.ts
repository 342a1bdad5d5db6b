import { lstatSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import { askDoor, whyNoAnswer } from '../../lib/asking/ask.ts'
import { type Door, findDoors } from '../../lib/asking/doors.ts'
import type { SocketFolders } from '../../lib/asking/folders.ts'
import { type Linux, loadLinux } from '../../lib/linux.ts'
import { type Credentials, peerOf } from '../../lib/unix/peer.ts'
import { leftBehind, silent } from './checks/processes.ts'
import { type Finding, finder } from './finding.ts'
import { userOf } from './gather.ts'
import type { Setup } from './setup.ts'
import { readStatus, type Status } from './status.ts'

// Processes of Sluice that run. Of what they say of themselves nothing is believed that the kernel can say.

const found = finder('options')

export interface Running {
  setup: Setup | undefined
  status: Status
}

/** Asks all daemons of this host, and reads what they were started with. */
export async function findRunning(
  folders: SocketFolders,
): Promise<{ running: Running[]; findings: Finding[] }> {
  const linux = await loadLinux()
  const asked = await Promise.all(findDoors(folders).map(door => ask(door, linux)))
  const running = asked.flatMap(one => ('status' in one ? [one] : []))
  const unknown = running.flatMap(({ status: { name, pid }, setup }) =>
    setup
      ? []
      : [
          found(
            'unknown',
            name,
            `what it was started with cannot be read of pid ${pid}`,
            'sudo sluice doctor',
          ),
        ],
  )
  return {
    running,
    findings: [
      ...leftBehind(asked.flatMap(one => ('stale' in one ? [one.stale] : []))),
      ...asked.flatMap(one => ('silent' in one ? [one.silent] : [])),
      ...unknown,
    ],
  }
}

async function ask(
  door: Door,
  linux: Linux | undefined,
): Promise<Running | { stale: string } | { silent: Finding }> {
  let peer: Credentials | undefined
  try {
    const body = await askDoor(door, '/status', {}, socket => {
      peer = linux && peerOf(socket, linux)
    })
    const status = readStatus(body, basename(door.address, '.sock'))
    peer ??= ownerOf(door.address, status.pid)
    const pid = peer?.pid || status.pid
    return { status: { ...status, pid }, setup: peer && setupOfProcess(peer) }
  } catch (error) {
    const { why, nobody } = whyNoAnswer(error)
    return nobody ? { stale: door.address } : { silent: silent(door.address, why) }
  }
}

/** Where the kernel is not asked who listens, it is the user of the socket that counts. */
function ownerOf(path: string, pid: number): Credentials | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  return stat && { pid, uid: stat.uid, gid: stat.gid }
}

/**
 * Undefined where it may not be read, as of the processes of other users only root may; and where who listens has ended since, and
 * its number is that of somebody else.
 */
function setupOfProcess({ pid, uid }: Credentials): Setup | undefined {
  try {
    const user = userOf(pid)
    if (user?.uid !== uid) return undefined
    const words = listIn(`/proc/${pid}/cmdline`)
    const at = words.findIndex(word => /^sluice(-[\w-]+)?$/.test(basename(word)))
    if (at < 0) return undefined
    const called = basename(words[at]!)
    const own = called === 'sluice' ? [] : [called.slice('sluice-'.length)]
    const env = Object.fromEntries(listIn(`/proc/${pid}/environ`).map(pair => pair.split(/=(.*)/s, 2)))
    const cwd = readlinkSync(`/proc/${pid}/cwd`)
    return { origin: `pid ${pid}`, words: [...own, ...words.slice(at + 1)], env, cwd, pid, user }
  } catch {
    return undefined
  }
}

function listIn(file: string): string[] {
  return readFileSync(file, 'utf8').split('\0').slice(0, -1)
}
