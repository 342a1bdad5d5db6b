import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

/**
 * Below those that the kernel gives to connections: one of these could be taken before it is used. Above 10080, the last of those that
 * fetch() refuses to ask (fetch.spec.whatwg.org, "bad port").
 */
const FIRST = 10_100
/** Test processes run side by side, and each has some ports for itself until it ends. */
const BLOCK = 100
const BLOCKS = 200

let next = 0
let end = 0
let taking: Promise<void> | undefined

/** A TCP port of 127.0.0.1 that nobody listens at; it is given only once. */
export async function freePort(): Promise<number> {
  for (;;) {
    while (next === end) {
      taking ??= takeBlock()
      await taking
    }
    const port = next++
    const server = createServer().listen(port, '127.0.0.1')
    if (!(await listens(server))) continue
    server.close()
    await once(server, 'close')
    return port
  }
}

/** Who listens at a name of the unix domain that has no file has it, and the kernel takes it back however a process ends. */
async function takeBlock(): Promise<void> {
  const block = Math.floor(Math.random() * BLOCKS)
  const held = createServer().listen(`\0sluice-test-ports-${block}`).unref()
  if (await listens(held)) {
    next = FIRST + block * BLOCK
    end = next + BLOCK
  }
  taking = undefined
}

async function listens(server: Server): Promise<boolean> {
  return await Promise.race([
    once(server, 'listening').then(() => true),
    once(server, 'error').then(() => false),
  ]).catch(() => false)
}
