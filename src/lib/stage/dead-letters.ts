import { type Endpoint, formatEndpoint } from '../endpoint.ts'
import { DeadLetters, type Patience } from '../engine/dead-letters.ts'
import { Fatal, messageOf } from '../errors.ts'
import { openPush } from '../transport/index.ts'
import type { LinkContext, PushLink } from '../transport/link.ts'

export interface DeadLetterOptions {
  /** Where the user wants them; undefined: in the file. */
  to: Endpoint | undefined
  /** The file of this stage. */
  path(): Promise<string>
  /** Bytes that a file of them may have. */
  limit: number
  /** The name of the stage, as it stands in the letters. */
  stage: string
  /** For a link that is waited for under this name. */
  context(what: string): LinkContext
  /** Told of each link that was opened, and has to be closed. */
  opened(link: PushLink): void
}

/** What is waited for, by name: that the link has a peer again does not mean that the file can be written. */
const LETTERS = 'dead letters'
const LARGE = 'large dead letters'

/** Refused records go to a file, or over an acknowledged link; nothing is opened before the first one. */
export function createDeadLetters(options: DeadLetterOptions): DeadLetters {
  const { to } = options
  const isAway = to !== undefined && to.scheme !== 'file'
  const open = isAway ? () => openAway(to, options) : () => openFile(options, LETTERS, to?.address)
  return new DeadLetters(open, patienceOf(options.context(LETTERS)))
}

/** What to end with when a refused record can never be kept. */
export function cannotKeep(to: Endpoint | undefined, error: unknown): Fatal {
  // A link names the flag that it is mostly opened by.
  const why = messageOf(error).replace(/^--push-\w+ \S+: /, '')
  const where = to ? ` ${formatEndpoint(to)}` : ''
  return new Fatal(`--dead-letters${where}: a refused record cannot be kept: ${why}`)
}

/** What fits into no message of that link is kept in the file. */
async function openAway(to: Endpoint, options: DeadLetterOptions): Promise<PushLink> {
  const { stage, context } = options
  const large = new DeadLetters(() => openFile(options, LARGE), patienceOf(context(LARGE)))
  const refuse: LinkContext['refuse'] = (letter, ...why) => large.keep(letter, stage, ...why)
  return enter(await openPush([to], { ...context(LETTERS), refuse }), LETTERS, options)
}

async function openFile(options: DeadLetterOptions, what: string, address?: string): Promise<PushLink> {
  const { openPush } = await import('../transport/file.ts')
  const endpoint = {
    direction: 'push',
    mode: 'connect',
    scheme: 'file',
    address: address ?? (await options.path()),
    query: {},
  } as const
  return enter(await openPush(endpoint, options.context(what), options.limit), what, options)
}

function enter(link: PushLink, what: string, { context, opened }: DeadLetterOptions): PushLink {
  opened(link)
  const said =
    what === LETTERS
      ? 'a record was refused; it is kept there as a dead letter'
      : 'a dead letter is too large to be sent; it is kept there'
  context(what).log.warn({ deadLetters: link.statuses[0]!.endpoint }, said)
  return link
}

function patienceOf({ log, waitingFor, signal }: LinkContext): Patience {
  let said = false
  return {
    waitingFor(reason) {
      if (reason !== undefined && !said) log.error(`${reason}; trying again until it succeeds`)
      said = reason !== undefined
      waitingFor(reason)
    },
    signal,
  }
}
