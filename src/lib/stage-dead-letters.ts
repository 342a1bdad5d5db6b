import type { Endpoint } from './endpoint.ts'
import { DeadLetters } from './engine/dead-letters.ts'
import { openPush } from './transport/index.ts'
import type { LinkContext, PushLink } from './transport/link.ts'

export interface DeadLetterOptions {
  /** Where the user wants them; undefined: in the file. */
  to: Endpoint | undefined
  /** The file of this stage. */
  path(): Promise<string>
  /** Bytes that a file of them may have. */
  limit: number
  /** The name of the stage, as it stands in the letters. */
  stage: string
  context: LinkContext
}

/** Opens the link that dead letters go to: a file, or an acknowledged link. */
export async function openDeadLetters(options: DeadLetterOptions): Promise<PushLink> {
  const { to, context } = options
  const link = to && to.scheme !== 'file' ? await openAway(to, options) : await openFile(options, to?.address)
  const { endpoint } = link.statuses[0]!
  context.log.warn({ deadLetters: endpoint }, 'a record was refused; it is kept there as a dead letter')
  return link
}

/** What fits into no message of that link is kept in the file. */
function openAway(to: Endpoint, options: DeadLetterOptions): Promise<PushLink> {
  const large = new DeadLetters(() => openFile(options))
  return openPush([to], {
    ...options.context,
    refuse: (record, reason, detail) => large.write(record, options.stage, reason, detail),
  })
}

async function openFile({ path, limit, context }: DeadLetterOptions, address?: string): Promise<PushLink> {
  const { openPush } = await import('./transport/file.ts')
  const endpoint = {
    direction: 'push',
    mode: 'connect',
    scheme: 'file',
    address: address ?? (await path()),
    query: {},
  } as const
  return openPush(endpoint, context, limit)
}
