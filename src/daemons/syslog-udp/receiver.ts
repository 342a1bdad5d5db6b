import { createSocket, type Socket } from 'node:dgram'
import { codeOf, Fatal, formatHostPort, type HostPort, messageOf } from '../../lib/index.ts'
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
  close(): void
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
  const socket = await bindAny(where, options.reusePort)
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

async function bindAny(where: HostPort, reusePort: boolean): Promise<Socket> {
  const flag = `--listen ${formatHostPort(where.host ?? '*', where.port)}`
  try {
    return await bind(where, reusePort)
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE') {
      throw new Fatal(
        `${flag}: the port is in use by another program; choose another one, for example --listen ${suggested(where)}`,
      )
    }
    if (codeOf(error) === 'EACCES')
      throw new Fatal(`${flag}: ports below 1024 need root or CAP_NET_BIND_SERVICE`)
    throw new Fatal(`${flag}: ${messageOf(error)}`)
  }
}

async function bind({ host, port }: HostPort, reusePort: boolean): Promise<Socket> {
  if (host !== undefined) return bindSocket(host.includes(':') ? 'udp6' : 'udp4', host, port, reusePort)
  try {
    return await bindSocket('udp6', '::', port, reusePort)
  } catch (error) {
    if (codeOf(error) !== 'EAFNOSUPPORT' && codeOf(error) !== 'EADDRNOTAVAIL') throw error
    return bindSocket('udp4', '0.0.0.0', port, reusePort)
  }
}

function bindSocket(
  type: 'udp4' | 'udp6',
  address: string,
  port: number,
  reusePort: boolean,
): Promise<Socket> {
  const socket = createSocket({ type, reusePort })
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

function suggested({ host, port }: HostPort): string {
  return `${host === undefined ? '' : host.includes(':') ? `[${host}]` : host}:${port < 65535 ? port + 1 : port - 1}`
}
