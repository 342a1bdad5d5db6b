import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Below those that the kernel gives to connections: one of these could be taken before it is used. Above 10080, the last of those that
 * fetch() refuses to ask (fetch.spec.whatwg.org, "bad port").
 */
const FIRST = 10_100
const COUNT = 20_000

// Each test process begins somewhere else, and gives none twice.
let next = Math.floor(Math.random() * COUNT)

/** A TCP port of 127.0.0.1 that nobody listens at. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + (next++ % COUNT)
    const server = createServer().listen(port, '127.0.0.1')
    const isFree = await Promise.race([
      once(server, 'listening').then(() => true),
      once(server, 'error').then(() => false),
    ]).catch(() => false)
    if (!isFree) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
