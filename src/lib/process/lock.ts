import { createServer, type Server } from 'node:net'
import { codeOf } from '../errors.ts'

/**
 * Takes a lock by name for the life of the process, or returns undefined when somebody holds it. On Linux it is
 * a socket in the abstract namespace (unix(7)): taken at once or not at all, and free again whatever the
 * process dies of, which no lock file is. Elsewhere there is no such thing, and no lock.
 */
export async function takeLock(name: string): Promise<(() => void) | undefined> {
  if (process.platform !== 'linux') return () => {}
  const server = createServer(socket => socket.destroy())
  // Anybody on this host may connect; an accept that fails (EMFILE) is theirs to suffer from.
  server.on('error', () => {})
  const taken = await listen(server, `\0sluice:${await shortened(name)}`)
  server.unref()
  return taken ? () => server.close() : undefined
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
