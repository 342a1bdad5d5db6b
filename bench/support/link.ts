// What a link is given where there is no daemon around it.
import { createMint } from '../../src/lib/id.ts'
import { createLog } from '../../src/lib/process/log.ts'
import type { LinkContext } from '../../src/lib/transport/link.ts'

const log = await createLog('warn', 2, { name: 'bench', readable: false })

/** Only what the ZeroMQ transports ask for. */
export function linkContext(): LinkContext {
  const context: Pick<
    LinkContext,
    'log' | 'reader' | 'maxMessage' | 'buffer' | 'waitingFor' | 'signal' | 'onReload'
  > = {
    log,
    reader: { mint: createMint(), now: Date.now, count: () => {}, maxRecord: 2 ** 20 },
    maxMessage: 8 * 2 ** 20,
    buffer: 64 * 2 ** 20,
    waitingFor: () => {},
    onReload: () => {},
    signal: new AbortController().signal,
  }
  return context as LinkContext
}
