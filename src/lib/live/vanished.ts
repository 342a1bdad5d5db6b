// Clients that have vanished without a word, and of whom nothing is heard by themselves: those of server-sent events.
import type { Socket } from 'node:net'
import { loadLinux } from '../linux.ts'

/** So long what was sent may stay without an answer of the client's kernel, or it may take nothing; milliseconds. */
const PATIENCE = 30_000

/**
 * Has the kernel end a connection whose other end does not answer (tcp(7), TCP_USER_TIMEOUT): by itself it would try for a quarter
 * of an hour. Elsewhere it stays so, and where this Node does not show the descriptor.
 */
export async function endWhereVanished(socket: Socket): Promise<void> {
  const linux = await loadLinux()
  const { _handle: handle } = socket as unknown as { _handle?: { fd?: unknown } | null }
  const fd = handle?.fd
  if (!linux || typeof fd !== 'number' || fd < 0) return
  try {
    linux.setUserTimeout(fd, PATIENCE)
  } catch {
    // It is no TCP.
  }
}
