import { createSocket, type Socket } from 'node:dgram'
import { codeOf, Fatal, formatHostPort, type HostPort, messageOf } from '../../lib/index.ts'

export interface Datagram {
  payload: Buffer
  /** The sender. */
  address: string
  port: number
}

/** Receives datagrams at one address. */
export interface Receiver {
  /** `ip:port`, with the real port. */
  readonly address: string
  readonly port: number
  /** Bytes that the kernel queues for it. */
  readonly granted: number
  /** From now on gives what has come, as a list for each turn of the event loop. */
  receive(take: (datagrams: Datagram[]) => void): void
  close(): void
}

const MOST_AT_ONCE = 1024

/** Opens a UDP socket. Without a host it takes all addresses: one dual-stack socket, or IPv4 alone where there is no IPv6. */
export async function openReceiver(
  where: HostPort,
  { receiveBuffer, reusePort }: { receiveBuffer: number; reusePort: boolean },
): Promise<Receiver> {
  const socket = await bindAny(where, reusePort)
  const { address, port } = socket.address()
  socket.setRecvBufferSize(receiveBuffer)
  return {
    address: formatHostPort(address, port),
    port,
    // socket(7): the kernel doubles what was asked for its own bookkeeping, and getsockopt answers the double.
    granted: socket.getRecvBufferSize() / (process.platform === 'linux' ? 2 : 1),
    receive: take => receive(socket, take),
    close: once(() => socket.close()),
  }
}

function receive(socket: Socket, take: (datagrams: Datagram[]) => void): void {
  let waiting: Datagram[] = []
  const give = () => {
    if (waiting.length === 0) return
    const datagrams = waiting
    waiting = []
    take(datagrams)
  }
  socket.on('message', (payload, { address, port }) => {
    // libuv reads up to 32 datagrams in a turn of the loop; they travel on together.
    if (waiting.push({ payload, address, port }) === 1) setImmediate(give)
    else if (waiting.length >= MOST_AT_ONCE) give()
  })
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

function once(action: () => void): () => void {
  let done = false
  return () => {
    if (!done) action()
    done = true
  }
}
