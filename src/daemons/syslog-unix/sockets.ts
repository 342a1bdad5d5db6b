import { readFile } from 'node:fs/promises'
import type { Context } from '../../lib/index.ts'
import { type Linux, SOCKET_OPTION } from '../../lib/linux.ts'
import type { FromSystemd } from '../../lib/systemd/listen-address.ts'
import { MANY_CONNECTIONS, type Wanting } from '../../lib/systemd/sockets.ts'
import type { TcpServer } from '../../lib/tcp/server.ts'
import { bindUnixSocket } from '../../lib/unix/bound-socket.ts'
import { findOwner } from '../../lib/unix/owner.ts'
import { DatagramSocket } from './datagram-socket.ts'

export interface Sockets {
  listen: readonly FromSystemd[]
  datagram: readonly string[]
  stream: readonly string[]
  socketMode: number
  socketOwner: string | undefined
}

/** Opens all sockets: those of connections in the server, the others are returned. Throws Fatal that says what is in the way. */
export async function openSockets(
  linux: Linux,
  { listen, datagram, stream, socketMode, socketOwner }: Sockets,
  server: TcpServer,
  context: Context,
): Promise<DatagramSocket[]> {
  const bind = async (type: 'datagram' | 'stream', path: string) => {
    // Of sockets that are handed over, the unit says whose they are; and a service need not know the users of its host.
    const owner = socketOwner === undefined ? undefined : findOwner(socketOwner)
    const bound = await bindUnixSocket(linux, type, { path, mode: socketMode, owner })
    context.defer(() => bound.remove())
    context.listening(`${type}:${path}`)
    return bound.fd
  }
  const receivers: DatagramSocket[] = []
  const receive = (fd: number, isKept = false) => {
    const receiver = new DatagramSocket(linux, fd, isKept)
    context.defer(() => receiver.close())
    receivers.push(receiver)
  }
  for (const path of listen.length + datagram.length + stream.length > 0 ? datagram : ['/dev/log'])
    receive(await bind('datagram', path))
  for (const path of stream) await server.listenOn(await bind('stream', path))
  for (const address of listen) {
    for (const { fd, kind, address: path } of await context.sockets.take(address, WANTING)) {
      context.listening(`${kind.slice('unix '.length)}:${path}`)
      if (kind === 'unix stream') await server.listenOn(fd, MANY_CONNECTIONS)
      else {
        // What was sent before, without PassCredentials=yes in the .socket unit, does not say by whom.
        linux.setOption(fd, SOCKET_OPTION.passCredentials, 1)
        receive(fd, true)
      }
    }
  }
  return receivers
}

const WANTING: Wanting = {
  flag: '--listen',
  kinds: ['unix datagram', 'unix stream'],
  instead: '--datagram /run/sluice/log',
}

/** As many as systemd sets when it boots a host. */
const ENOUGH = 512

/** Tells what makes senders wait more often than they would have to. */
export async function noteQueue({ log }: Context): Promise<void> {
  const file = '/proc/sys/net/unix/max_dgram_qlen'
  const queued = Number(await readFile(file, 'utf8').catch(() => ENOUGH))
  if (queued >= ENOUGH) return
  log.info(
    { queued },
    `the kernel queues ${queued} datagrams at a socket, then who sends waits; sudo sysctl -w net.unix.max_dgram_qlen=${ENOUGH}`,
  )
}
