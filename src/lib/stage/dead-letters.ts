import { type Endpoint, formatEndpoint } from '../endpoint.ts'
import { DeadLetters, type Patience } from '../engine/dead-letters.ts'
import { Fatal, messageOf } from '../errors.ts'
import { openPush } from '../transport/index.ts'
import type { LinkContext, PushLink } from '../transport/link.ts'
import { LetterLog } from './letter-log.ts'

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
  /** To be called at the end; what it closes may refuse something until then. */
  defer(close: (grace: number) => void | Promise<void>): void
}

/** What is waited for, by name: that the link has a peer again does not mean that the file can be written. */
const LETTERS = 'dead letters'
const LARGE = 'large dead letters'

/** Refused records go to a file, or over an acknowledged link; nothing is opened before the first one. */
export function createDeadLetters(options: DeadLetterOptions): DeadLetters {
  const { to } = options
  const isAway = to !== undefined && to.scheme !== 'file'
  return lettersOf(LETTERS, options, log =>
    isAway ? openAway(to, options, log) : openFile(options, LETTERS, log, to?.address),
  )
}

/** Letters that are told of in the log. */
function lettersOf(
  what: string,
  { context, defer }: DeadLetterOptions,
  open: (log: LetterLog) => Promise<PushLink>,
): DeadLetters {
  const log = new LetterLog(context(what).log)
  defer(() => log.close())
  return new DeadLetters(
    () => open(log),
    patienceOf(context(what)),
    dead => log.note(dead),
  )
}

/** What to end with when a refused record can never be kept. */
export function cannotKeep(to: Endpoint | undefined, error: unknown): Fatal {
  // A link names the flag that it is mostly opened by.
  const why = messageOf(error).replace(/^--push-\w+ \S+: /, '')
  const where = to ? ` ${formatEndpoint(to)}` : ''
  return new Fatal(`--dead-letters${where}: a refused record cannot be kept: ${why}`)
}

/** What fits into no message of that link is kept in the file. */
async function openAway(to: Endpoint, options: DeadLetterOptions, log: LetterLog): Promise<PushLink> {
  const { stage, context } = options
  const large = lettersOf(LARGE, options, file => openFile(options, LARGE, file))
  const refuse: LinkContext['refuse'] = (letter, ...why) => large.keep(letter, stage, ...why)
  log.kept = `sent to ${formatEndpoint(to)}`
  return enter(await openPush([to], { ...context(LETTERS), refuse }), options, log)
}

async function openFile(
  options: DeadLetterOptions,
  what: string,
  log: LetterLog,
  address?: string,
): Promise<PushLink> {
  const { openPush } = await import('../transport/file.ts')
  const endpoint = {
    direction: 'push',
    mode: 'connect',
    scheme: 'file',
    address: address ?? (await options.path()),
    query: {},
  } as const
  const why = what === LARGE ? 'too large to be sent: ' : ''
  log.kept = `${why}kept in ${endpoint.address}; see sluice replay`
  return enter(await openPush(endpoint, options.context(what), options.limit), options, log)
}

function enter(link: PushLink, { defer }: DeadLetterOptions, log: LetterLog): PushLink {
  log.deadLetters = link.statuses[0]!.endpoint
  defer(grace => link.close(grace))
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
