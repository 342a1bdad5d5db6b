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

export interface StageAnswer {
  name: string
  shape: string
  books: Account
  spool: { file: string; books: Account } | undefined
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
  const { spool, links, counters, waiting } = stage
  return {
    name: text(stage.name),
    shape: text(stage.shape),
    books: readBooks(stage.books),
    spool: isObject(spool) ? { file: text(spool.file), books: readBooks(spool.books) } : undefined,
    links: Array.isArray(links) ? links.filter(isObject).map(readLink) : [],
    waiting: isObject(waiting) && Object.keys(waiting).length > 0,
    rate: count(stage.rate),
    kernelDropped: isObject(counters) ? count(counters.kernelDropped) : 0,
  }
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
