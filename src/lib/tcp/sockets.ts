import type { Socket } from 'node:net'

/** Resolves when the peer has read what it was told. */
export function drained(socket: Socket): Promise<void> {
  return new Promise(resolve => socket.once('drain', () => resolve()))
}

/** Closes it, and resolves when that is done. */
export function closed(socket: Socket): Promise<void> {
  return new Promise(resolve => {
    if (socket.closed) resolve()
    else socket.destroy().once('close', () => resolve())
  })
}
