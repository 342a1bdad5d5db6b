import { once } from 'node:events'
import type { HttpBindings } from '@hono/node-server'

/** How long the rest of a body is listened to, in milliseconds. */
const LINGER = 10_000

/**
 * Reads away what is left of a refused body where the connection will be closed: many clients look for the answer only when they
 * have sent all, and a connection that is closed before that breaks under them. (On one that stays, Node does it.)
 */
export async function linger({ incoming, outgoing }: HttpBindings, most = LINGER): Promise<void> {
  if (incoming.complete || incoming.destroyed || outgoing.shouldKeepAlive) return
  const enough = AbortSignal.timeout(most)
  // Who began to read it as a stream would keep what comes, and pause it.
  incoming.removeAllListeners('data').resume()
  // Whether it ends, breaks or takes too long: then it is answered.
  await once(incoming, 'end', { signal: enough }).catch(() => {})
}
