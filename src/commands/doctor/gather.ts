import {
  accessSync,
  constants,
  readdirSync,
  readFileSync,
  readlinkSync,
  type Stats,
  statfsSync,
  statSync,
} from 'node:fs'
import { hostname, networkInterfaces } from 'node:os'
import { dirname } from 'node:path'
import { codeOf } from '../../lib/errors.ts'
import { loadLinux } from '../../lib/linux.ts'
import type { DiskFacts } from './checks/disk.ts'
import type { Host } from './host.ts'
import { type ListeningSocket, parseSockets } from './sockets.ts'

// What this host says of itself. All of it is read, and nothing changed.

export async function gatherHost(): Promise<Host> {
  const sockets = (['tcp', 'udp'] as const).flatMap(protocol =>
    [protocol, `${protocol}6`].flatMap(file => parseSockets(protocol, read(`/proc/net/${file}`))),
  )
  return {
    now: Date.now(),
    kernel: {
      rmemMax: numberIn('/proc/sys/net/core/rmem_max'),
      somaxconn: numberIn('/proc/sys/net/core/somaxconn'),
      datagramQueue: numberIn('/proc/sys/net/unix/max_dgram_qlen'),
      firstFreePort: numberIn('/proc/sys/net/ipv4/ip_unprivileged_port_start'),
    },
    clock: {
      isSynchronised: (await loadLinux())?.isClockSynchronised(),
      zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    },
    sockets: withOwners(sockets),
    own: new Set([
      ...['localhost', '0.0.0.0', '::', '*', '::1', '127.0.0.1', hostname()],
      ...Object.values(networkInterfaces()).flatMap(list => list?.map(({ address }) => address) ?? []),
    ]),
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function numberIn(path: string): number | undefined {
  const text = read(path).trim()
  return /^\d+$/.test(text) ? Number(text) : undefined
}

/** Of the processes of other users, only root may see which sockets they have. */
function withOwners(sockets: readonly ListeningSocket[]): Host['sockets'] {
  const wanted = new Set(sockets.map(({ inode }) => inode))
  const owners = new Map<string, number>()
  // The first of them: what a .socket unit opens is systemd's, also where its service has it as well.
  const pids = readFolder('/proc').filter(name => /^\d+$/.test(name))
  for (const pid of pids.map(Number).sort((a, b) => a - b))
    for (const inode of socketsOf(pid)) if (wanted.has(inode) && !owners.has(inode)) owners.set(inode, pid)
  return sockets.map(socket => {
    const pid = owners.get(socket.inode)
    if (pid === undefined) return socket
    return { ...socket, owner: { pid, program: read(`/proc/${pid}/comm`).trim() } }
  })
}

function socketsOf(pid: number): string[] {
  return readFolder(`/proc/${pid}/fd`).flatMap(fd => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
    } catch {
      return []
    }
  })
}

function readFolder(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

/** Open descriptors of a process, and how many it may have. Undefined where that may not be read. */
export function descriptorsOf(pid: number): { open: number | undefined; limit: number | undefined } {
  const limit = /^Max open files\s+(\d+)/m.exec(read(`/proc/${pid}/limits`))?.[1]
  return { open: readFolder(`/proc/${pid}/fd`).length || undefined, limit: limit ? Number(limit) : undefined }
}

/** As whom a process runs. */
export function userOf(pid: number): { uid: number; groups: number[] } | undefined {
  const status = read(`/proc/${pid}/status`)
  const uid = /^Uid:\s+\d+\s+(\d+)/m.exec(status)?.[1]
  const gid = /^Gid:\s+\d+\s+(\d+)/m.exec(status)?.[1]
  if (uid === undefined) return undefined
  const more = /^Groups:(.*)$/m.exec(status)?.[1]?.trim().split(/\s+/) ?? []
  return { uid: Number(uid), groups: [gid, ...more].filter(Boolean).map(Number) }
}

/** Undefined for a file that is not there, or in a folder that we may not look into. */
export function factsOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

const IN_MEMORY: readonly number[] = [0x01021994, 0x858458f6]

/** Of the folder, or of the nearest one above it that is there. Undefined where there is none to be seen. */
export function diskOf(path: string): DiskFacts | undefined {
  try {
    const { type, bsize, blocks, bavail, files, ffree } = statfsSync(path)
    return {
      total: blocks * bsize,
      free: bavail * bsize,
      files,
      freeFiles: ffree,
      isMemory: IN_MEMORY.includes(type >>> 0),
      isReadOnly: isReadOnly(path),
    }
  } catch (error) {
    const above = dirname(path)
    return codeOf(error) === 'ENOENT' && above !== path ? diskOf(above) : undefined
  }
}

function isReadOnly(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return false
  } catch (error) {
    return codeOf(error) === 'EROFS'
  }
}
