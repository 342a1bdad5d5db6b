import type { Socket } from 'node:net'
import { type Linux, SOCKET_OPTION } from '../linux.ts'

/** What the kernel says of a process: no program can say otherwise, but for root. */
export interface Credentials {
  /** 0: a process that is not to be seen from here, in a container above or beside. */
  pid: number
  uid: number
  gid: number
}

const CREDENTIALS_SIZE = 12

/** A `struct ucred` (unix(7)). */
export function readCredentials(bytes: Buffer): Credentials {
  return { pid: bytes.readInt32LE(0), uid: bytes.readUInt32LE(4), gid: bytes.readUInt32LE(8) }
}

/**
 * Who is at the other end of a connection: who has connected, or who listens, as it was when it began to. Undefined where this Node does not show the descriptor: it has no name for it that is promised to stay.
 */
export function peerOf(socket: Socket, linux: Linux): Credentials | undefined {
  const { _handle: handle } = socket as unknown as { _handle?: { fd?: unknown } | null }
  const fd = handle?.fd
  if (typeof fd !== 'number' || fd < 0) return undefined
  return readCredentials(linux.getOption(fd, SOCKET_OPTION.peerCredentials, CREDENTIALS_SIZE))
}
