import { isObject } from '../../lib/record.ts'

/** Books as `/status` shows them: in + made = the sum of the outcomes + held. */
export interface Account {
  in: number
  made: number
  outcomes: { readonly [outcome: string]: number }
  held: number
}

export interface LinkAnswer {
  endpoint: string
  direction: 'pull' | 'push'
  mode: 'bind' | 'connect'
  peers: number
  records: number
}

export interface SpoolAnswer {
  /** Of which output of the stage. */
  output?: string
  file: string
  books: Account
  /** Records that were put into it, as far as whoever did that knows: a process that was killed did not hear of all. */
  put: number
}

export interface StageAnswer {
  name: string
  shape: string
  books: Account
  /** Its spool, and those of its outputs. */
  spools: readonly SpoolAnswer[]
  links: readonly LinkAnswer[]
  /** Whether it waits for something: a peer, a disk. */
  waiting: boolean
  /** Records a second, over the last ten seconds. */
  rate: number
  /** Datagrams that the kernel dropped before the stage saw them. */
  kernelDropped: number
}

/** What one daemon said. */
export interface Answer {
  address: string
  name: string
  /** The same as long as it is the same process. */
  life: string
  /** When it was started, epoch milliseconds of the clock here. */
  started: number
  stages: readonly StageAnswer[]
}

type Fields = { readonly [key: string]: unknown }

/** Clocks that differ by more than an answer may take are different clocks, in milliseconds. */
const SAME_CLOCK = 10_000

/** Reads the body of a `/status` that came at `now`. Throws an Error when no daemon of Sluice wrote it. */
export function readAnswer(address: string, body: string, now: number): Answer {
  let status: unknown
  try {
    status = JSON.parse(body)
  } catch {}
  if (!isObject(status) || !Array.isArray(status.stages) || typeof status.started !== 'string')
    throw new Error('what answers there is no daemon of Sluice')
  const { name, pid, started, uptime, stages } = status
  return {
    address,
    name: text(name),
    life: `${text(pid)} ${text(started)}`,
    started: startOf(Date.parse(started as string), count(uptime) * 1000, now),
    stages: stages.filter(isObject).map(readStage),
  }
}

/** What is missing in books that do not balance; below 0: what they have too much. */
export function missingIn({ in: taken, made, outcomes, held }: Account): number {
  return Object.values(outcomes).reduce((left, records) => left - records, taken + made - held)
}

/** A daemon on another host has a clock of its own. How long ago it started is the same by both. */
function startOf(started: number, uptime: number, now: number): number {
  const own = now - uptime
  return Math.abs(own - started) <= SAME_CLOCK ? started : own
}

function readStage(stage: Fields): StageAnswer {
  const { links, counters, waiting } = stage
  return {
    name: text(stage.name),
    shape: text(stage.shape),
    books: readBooks(stage.books),
    spools: readSpools(stage),
    links: Array.isArray(links) ? links.filter(isObject).map(readLink) : [],
    waiting: isObject(waiting) && Object.keys(waiting).length > 0,
    rate: count(stage.rate),
    kernelDropped: isObject(counters) ? count(counters.kernelDropped) : 0,
  }
}

/** What the stage says of its push side is what is left when its outputs are taken off. */
function readSpools({ books, spool, outputs }: Fields): SpoolAnswer[] {
  const ofOutputs = Array.isArray(outputs) ? outputs.filter(isObject) : []
  const put = (books: unknown) => readBooks(books).outcomes.spooled ?? 0
  const elsewhere = ofOutputs.reduce((sum, { books }) => sum + put(books), 0)
  return [
    ...readSpool(spool, put(books) - elsewhere),
    ...ofOutputs.flatMap(({ name, spool, books }) => readSpool(spool, put(books), text(name))),
  ]
}

function readSpool(spool: unknown, put: number, output?: string): SpoolAnswer[] {
  if (!isObject(spool)) return []
  const { file, books } = spool
  return [{ ...(output !== undefined && { output }), file: text(file), books: readBooks(books), put }]
}

function readBooks(books: unknown): Account {
  const { in: taken, made, held, ...rest } = isObject(books) ? (books as Fields) : {}
  const outcomes = Object.entries(rest).filter(([, value]) => typeof value === 'number')
  return {
    in: count(taken),
    made: count(made),
    outcomes: Object.fromEntries(outcomes.map(([outcome, records]) => [text(outcome), count(records)])),
    held: count(held),
  }
}

function readLink(link: Fields): LinkAnswer {
  return {
    endpoint: text(link.endpoint),
    direction: link.direction === 'pull' ? 'pull' : 'push',
    mode: link.mode === 'bind' ? 'bind' : 'connect',
    peers: count(link.peers),
    records: count(link.records),
  }
}

/** Of what another program sent, for a terminal. */
function text(value: unknown): string {
  return String(value ?? '').replace(/[^ -~]/g, '?')
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0
}
