import { createSocket, type Socket } from 'node:dgram'
import { formatHostPort, type HostPort } from '../../lib/index.ts'
import { listenAt } from '../../lib/listening.ts'
import type { Datagram } from './datagram.ts'
import { findOwnSocket } from './own-socket.ts'
import { Reception } from './reception.ts'

/** Receives datagrams at one address. */
export interface Receiver {
  /** `ip:port`, with the real port. */
  readonly address: string
  /** Bytes that the kernel queues for it. */
  readonly granted: number
  /** By which the kernel's tables name its socket. Undefined where there are none. */
  readonly inode: string | undefined
  /** From now on gives what has come, in lists. */
  receive(take: (datagrams: Datagram[]) => void): void
  /** Gives what has come until now, and ends. */
  close(): Promise<void>
}

export interface ReceiverOptions {
  /** Bytes that the kernel is asked to queue. */
  receiveBuffer: number
  reusePort: boolean
  /** Inodes of the sockets that this process has already. */
  others: readonly (string | undefined)[]
}

/** Opens a UDP socket. Without a host it takes all addresses: one dual-stack socket, or IPv4 alone where there is no IPv6. */
export async function openReceiver(where: HostPort, options: ReceiverOptions): Promise<Receiver> {
  const socket = await listenAt(where, host => bindSocket(host, where.port, options.reusePort))
  const { address, port } = socket.address()
  socket.setRecvBufferSize(options.receiveBuffer)
  // socket(7): the kernel doubles what was asked for its own bookkeeping, and getsockopt answers the double.
  const granted = socket.getRecvBufferSize() / (process.platform === 'linux' ? 2 : 1)
  const own = await findOwnSocket(port, options.others)
  const reception = new Reception(socket, granted, own?.fd)
  return {
    address: formatHostPort(address, port),
    granted,
    inode: own?.inode,
    receive: take => reception.start(take),
    close: () => reception.close(),
  }
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
