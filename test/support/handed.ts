// Sockets as systemd has them: bound, read by nobody, and there as long as the test is, whoever is given them meanwhile.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { closeSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import type { TestContext } from 'node:test'
import { loadLinux } from '../../src/lib/linux.ts'
import { findOwnSocket } from '../../src/lib/udp/own-socket.ts'
import { unixAddress } from '../../src/lib/unix/address.ts'

export const linux = (await loadLinux())!

export interface Bound {
  fd: number
  port: number
}

/** A second descriptor of it, which is closed with the test. */
function keep(t: TestContext, fd: number): number {
  const kept = linux.duplicate(fd)
  t.after(() => closeSync(kept))
  return kept
}

export async function bindUdp(t: TestContext, host = '127.0.0.1'): Promise<Bound> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4').bind(0, host)
  await once(socket, 'listening')
  const { port } = socket.address()
  const own = await findOwnSocket(port, [])
  const fd = keep(t, own!.fd)
  socket.close()
  return { fd, port }
}

export async function bindTcp(t: TestContext, host = '127.0.0.1'): Promise<Bound> {
  const server = createServer().listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const fd = keep(t, descriptorOf(server))
  server.close()
  return { fd, port }
}

/** @param path or `@name` */
export async function bindUnix(t: TestContext, type: 'datagram' | 'stream', path: string): Promise<number> {
  const fd = linux.unixSocket(type)
  linux.bind(fd, unixAddress(path))
  if (type === 'datagram') {
    t.after(() => closeSync(fd))
    return fd
  }
  const server = createServer().listen({ fd })
  await once(server, 'listening')
  const kept = keep(t, fd)
  server.close()
  return kept
}

/** Node has no name for it. */
function descriptorOf(server: Server): number {
  return (server as unknown as { _handle: { fd: number } })._handle.fd
}
