// UDP sockets of this host, as the kernel lists them.
import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/** A UDP port of 127.0.0.1 that was free a moment ago. */
export async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  await once(socket, 'close')
  return port
}

/** Whether somebody has bound a UDP port: how it is seen that a program is ready which does not say so. */
export async function isBound(port: number): Promise<boolean> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const rows = await readFile('/proc/net/udp', 'utf8')
  return new RegExp(`^ *\\d+: [0-9A-F]{8}:${hex} `, 'm').test(rows)
}

/**
 * Bytes of the receive buffer at a UDP port: sk_rcvbuf, which is twice what was asked for where that was granted
 * (socket(7)). The kernel tells it of everybody's sockets, which getsockopt cannot.
 */
export async function receiveBufferOf(port: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ss', ['-uamn', `sport = :${port}`])
  const granted = /skmem:\([^)]*\brb(\d+)/.exec(stdout)?.[1]
  if (!granted) throw new Error(`ss shows no socket at UDP port ${port}`)
  return Number(granted)
}
