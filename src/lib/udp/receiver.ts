import { createSocket, type Socket } from 'node:dgram'
import type { Context } from '../daemon.ts'
import { formatHostPort, type HostPort } from '../host-port.ts'
import { type Linux, loadLinux, MEMORY, SOCKET_OPTION } from '../linux.ts'
import { listenAt } from '../listening.ts'
import type { FromSystemd } from '../systemd/listen-address.ts'
import type { HandedSocket } from '../systemd/sockets.ts'
import { findOwnSocket } from './own-socket.ts'
import type { Reading } from './reading.ts'
import { Reception } from './reception.ts'

/** Receives datagrams at one address. */
export interface Receiver<T> {
  /** `ip:port`, with the real port. */
  readonly address: string
  /** Bytes that the kernel queues for it. */
  readonly granted: number
  /** By which the kernel's tables name its socket. Undefined where there are none. */
  readonly inode: string | undefined
  /** Datagrams that the kernel has dropped since it was opened, where the socket itself tells. */
  dropped?(): number
  /** From now on gives what has come, in lists. */
  receive(take: (datagrams: T[]) => void): void
  /** Ends. It gives what has come until now, but for what stays in a socket that systemd keeps. */
  close(): Promise<void>
}

export interface ReceiverOptions<T> {
  /** Bytes that the kernel is asked to queue. */
  receiveBuffer: number
  reading: Reading<T>
  reusePort: boolean
  /** Inodes of the sockets that this process has already. */
  others: readonly (string | undefined)[]
}

/** Opens a UDP socket. Without a host it takes all addresses: one dual-stack socket, or IPv4 alone where there is no IPv6. */
export async function openReceiver<T>(where: HostPort, options: ReceiverOptions<T>): Promise<Receiver<T>> {
  const socket = await listenAt(where, host => bindSocket(host, where.port, options.reusePort))
  const { address, port } = socket.address()
  socket.setRecvBufferSize(options.receiveBuffer)
  // socket(7): the kernel doubles what was asked for its own bookkeeping, and getsockopt answers the double.
  const granted = socket.getRecvBufferSize() / (process.platform === 'linux' ? 2 : 1)
  const own = await findOwnSocket(port, options.others)
  const type = address.includes(':') ? 'udp6' : 'udp4'
  const reception = new Reception({ type, granted, reading: options.reading }, { socket, fd: own?.fd })
  return {
    address: formatHostPort(address, port),
    granted,
    inode: own?.inode,
    receive: take => reception.start(take),
    close: () => reception.close(),
  }
}

/** Receives at the sockets that systemd hands over: what came while nobody was there is in them, and what comes later stays. */
export async function openHandedReceivers<T>(
  address: FromSystemd,
  options: Pick<ReceiverOptions<T>, 'receiveBuffer' | 'reading'>,
  { sockets, log }: Pick<Context, 'sockets' | 'log'>,
): Promise<Receiver<T>[]> {
  const taken = await sockets.take(address, {
    flag: '--listen',
    kinds: ['UDP'],
    instead: options.reading.usual,
  })
  const linux = (await loadLinux())!
  return taken.map(socket => {
    const before = dropsOf(linux, socket.fd)
    if (before > 0)
      log.info({ dropped: before }, `${socket.address}: the kernel has dropped datagrams before this start`)
    return openHanded(linux, socket, options, before)
  })
}

function openHanded<T>(
  linux: Linux,
  { fd, address, host }: HandedSocket,
  { receiveBuffer, reading }: Pick<ReceiverOptions<T>, 'receiveBuffer' | 'reading'>,
  before: number,
): Receiver<T> {
  const granted = grant(linux, fd, receiveBuffer)
  const type = host!.includes(':') ? 'udp6' : 'udp4'
  const reception = new Reception({ type, granted, reading }, { fd, linux })
  const read = () => dropsOf(linux, fd) - before
  let last: number | undefined
  return {
    address,
    granted,
    inode: undefined,
    dropped: () => last ?? read(),
    receive: take => reception.start(take),
    close() {
      // Another file may have the descriptor afterwards.
      last ??= read()
      return reception.close()
    },
  }
}

/** Sees to it that the kernel queues so many bytes, if it does; who set more in the .socket unit is not given less. Returns how many. */
function grant(linux: Linux, fd: number, wanted: number): number {
  const granted = () => linux.getOption(fd, SOCKET_OPTION.receiveBuffer, 4).readInt32LE() / 2
  if (granted() < wanted) linux.setOption(fd, SOCKET_OPTION.receiveBuffer, wanted)
  return granted()
}

function dropsOf(linux: Linux, fd: number): number {
  return linux.getOption(fd, SOCKET_OPTION.memory, MEMORY.size).readUInt32LE(MEMORY.drops)
}

function bindSocket(address: string, port: number, reusePort: boolean): Promise<Socket> {
  const socket = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4', reusePort })
  return new Promise((resolve, reject) => {
    socket.once('error', error => {
      socket.close()
      reject(error)
    })
    socket.bind({ address, port }, () => {
      socket.removeAllListeners('error')
      resolve(socket)
    })
  })
}
