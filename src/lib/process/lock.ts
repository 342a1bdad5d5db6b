import { connect, createServer, type Server } from 'node:net'
import { codeOf } from '../errors.ts'
import { loadLinux } from '../linux.ts'
import { peerOf } from '../unix/peer.ts'

/** That nobody listens there: who held it has gone, somebody else was faster, or has only just bound it. */
const TRIES = 200

/**
 * Takes a lock by name for the life of the process, or returns undefined when somebody holds it. On Linux it is
 * a socket in the abstract namespace (unix(7)): taken at once or not at all, and free again whatever the
 * process dies of, which no lock file is. Elsewhere there is no such thing, and no lock.
 *
 * Any user of this host could take the name first, so only a holder of our own user or of root counts (SO_PEERCRED; asked only then,
 * for it takes 20 ms). (Locked files would be no better where others may write to the folder, and to have SQLite
 * lock one there as root is dangerous: it plays back the journal that lies beside it.)
 *
 * @param isInUse asked where a stranger may hold the name: whether there is another sign of somebody who uses what is to be locked
 */
export async function takeLock(
  name: string,
  isInUse: () => Promise<boolean> = async () => false,
): Promise<(() => void) | undefined> {
  if (process.platform !== 'linux') return () => {}
  const path = `\0sluice:${await shortened(name)}`
  for (let tries = 0; tries < TRIES; tries++) {
    const server = createServer(socket => socket.destroy())
    // Anybody on this host may connect; an accept that fails (EMFILE) is theirs to suffer from.
    server.on('error', () => {})
    if (await listen(server, path)) {
      server.unref()
      return () => server.close()
    }
    const holder = await holderOf(path)
    if (holder === 'gone') continue
    if (holder === 0 || holder === process.geteuid!()) return undefined
    break
  }
  // Whoever does not show that he is one of ours is a stranger: he may listen and let nobody in, or have the name and not listen.
  return (await isInUse()) ? undefined : () => {}
}

/** The user of whoever listens there. Undefined where that cannot be told. */
async function holderOf(path: string): Promise<number | 'gone' | undefined> {
  const linux = await loadLinux()
  if (!linux) return undefined
  return new Promise(resolve => {
    const socket = connect(path)
    socket.once('connect', () => {
      resolve(peerOf(socket, linux)?.uid)
      socket.destroy()
    })
    socket.once('error', error => {
      resolve(codeOf(error) === 'ECONNREFUSED' ? 'gone' : undefined)
      socket.destroy()
    })
  })
}

/** sockaddr_un holds 107 bytes. */
async function shortened(name: string): Promise<string> {
  if (Buffer.byteLength(name) <= 90) return name
  const { createHash } = await import('node:crypto')
  return createHash('sha256').update(name).digest('hex')
}

function listen(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', error => (codeOf(error) === 'EADDRINUSE' ? resolve(false) : reject(error)))
    server.listen(path, () => resolve(true))
  })
}
