// What a link is given where there is no daemon around it.
import { PassThrough } from 'node:stream'
import { type Endpoint, parseEndpoint } from '../../src/lib/endpoint.ts'
import { createMint } from '../../src/lib/id.ts'
import { createLog } from '../../src/lib/log.ts'
import type { LinkContext } from '../../src/lib/transport/link.ts'

const log = await createLog('warn', 2, { name: 'bench', readable: false })

export function linkContext(): LinkContext {
  return {
    log,
    reader: { mint: createMint(), now: Date.now, count: () => {}, maxRecord: 2 ** 20 },
    maxMessage: 8 * 2 ** 20,
    host: { stdin: new PassThrough(), stdout: new PassThrough() },
    waitingFor: () => {},
    signal: new AbortController().signal,
  }
}

export function pullEndpoint(address: string): Endpoint {
  return parseEndpoint(address, 'pull', 'bind')
}

export function pushEndpoint(address: string): Endpoint {
  return parseEndpoint(address, 'push', 'connect')
}
