import { isObject } from '../record.ts'

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
  /** Of which output of its stage it is, where that has several. */
  output?: string
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
  /** It said more than any daemon has to say, and the rest was not read. */
  isCut?: boolean
}

type Fields = { readonly [key: string]: unknown }

/** Clocks that differ by more than an answer may take are different clocks, in milliseconds. */
const SAME_CLOCK = 10_000

/** Of anything in an answer, and characters of a name: more than that is nothing to read. */
const MOST = 1_000

/** What may still be read of an answer, over all of its stages. */
interface Room {
  links: number
  outputs: number
  isCut: boolean
}

/** Reads the body of a `/status` that came at `now`. Throws an Error when no daemon of Sluice wrote it. */
export function readAnswer(address: string, body: string, now: number): Answer {
  let status: unknown
  try {
    status = JSON.parse(body)
  } catch {}
  if (!isObject(status) || !Array.isArray(status.stages) || typeof status.started !== 'string')
    throw new Error('what answers there is no daemon of Sluice')
  const { name, pid, started, uptime, stages } = status
  const room = { links: MOST, outputs: MOST, isCut: false }
  const read = cut(stages.filter(isObject), MOST, room).map(stage => readStage(stage, room))
  return {
    address,
    name: text(name),
    life: `${text(pid)} ${text(started)}`,
    started: startOf(Date.parse(started as string), count(uptime) * 1000, now),
    stages: read,
    ...(room.isCut && { isCut: true }),
  }
}

/** The name of a stage among all: `edge`, or `chain/syslog-udp`. */
export function nameOf(answer: Answer, stage: { name: string }): string {
  return stage.name === answer.name ? stage.name : `${answer.name}/${stage.name}`
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

function cut<T>(all: readonly T[], most: number, room: Room): readonly T[] {
  if (all.length <= most) return all
  room.isCut = true
  return all.slice(0, most)
}

function readStage(stage: Fields, room: Room): StageAnswer {
  const { links, counters, waiting } = stage
  const ownLinks = cut(Array.isArray(links) ? links.filter(isObject) : [], room.links, room)
  room.links -= ownLinks.length
  return {
    name: text(stage.name),
    shape: text(stage.shape),
    books: readBooks(stage.books, room),
    spools: readSpools(stage, room),
    links: ownLinks.map(readLink),
    waiting: isObject(waiting) && Object.keys(waiting).length > 0,
    rate: count(stage.rate),
    kernelDropped: isObject(counters) ? count(counters.kernelDropped) : 0,
  }
}

/** What the stage says of its push side is what is left when its outputs are taken off. */
function readSpools({ books, spool, outputs }: Fields, room: Room): SpoolAnswer[] {
  const ofOutputs = cut(Array.isArray(outputs) ? outputs.filter(isObject) : [], room.outputs, room)
  room.outputs -= ofOutputs.length
  const put = (books: unknown) => readBooks(books, room).outcomes.spooled ?? 0
  const elsewhere = ofOutputs.reduce((sum, { books }) => sum + put(books), 0)
  return [
    ...readSpool(spool, put(books) - elsewhere, room),
    ...ofOutputs.flatMap(({ name, spool, books }) => readSpool(spool, put(books), room, text(name))),
  ]
}

function readSpool(spool: unknown, put: number, room: Room, output?: string): SpoolAnswer[] {
  if (!isObject(spool)) return []
  const { file, books } = spool
  return [{ ...(output !== undefined && { output }), file: text(file), books: readBooks(books, room), put }]
}

function readBooks(books: unknown, room: Room): Account {
  const { in: taken, made, held, ...rest } = isObject(books) ? (books as Fields) : {}
  const numbers = Object.entries(rest).filter(([, value]) => typeof value === 'number')
  const outcomes = cut(numbers, MOST, room)
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
    ...(link.output !== undefined && { output: text(link.output) }),
  }
}

/** Of what another program sent, for a terminal. */
export function text(value: unknown): string {
  if (typeof value === 'object') return ''
  return String(value ?? '')
    .slice(0, MOST)
    .replace(/[^ -~]/g, '?')
}

export function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0
}
