// What a stage answers at /tap: records as they go by, until either side has enough of it.
import type { Writable } from 'node:stream'
import type { AdminAnswer, AdminRequest } from '../admin/handler.ts'
import type { Daemon } from '../daemon.ts'
import { messageOf } from '../errors.ts'
import { Budget } from './budget.ts'
import { TapPoint } from './point.ts'
import { everything, type Match, Tap } from './tap.ts'

/** Who looks into one stage at the same time. */
const MOST_TAPS = 16
/** Milliseconds between two looks at whether something was missed that nobody was told of. */
const TELL = 1_000
/** So many of them are silent before an empty line says that the stage is there. */
const SILENT = 15

/** One thread, one budget. */
let budget: Budget | undefined

/** The places of a stage where records can be seen, and those who look. */
export class Taps {
  readonly in = new TapPoint()
  readonly out = new TapPoint()
  readonly #outputs = new Map<string, TapPoint>()
  readonly #shape: Daemon['shape']
  #isClosed = false
  #hasPush = false
  /** Who looks, and what ends that. */
  readonly #open = new Map<Writable, () => void>()

  constructor(shape: Daemon['shape']) {
    this.#shape = shape
  }

  /** The place before the push side. */
  push(): TapPoint {
    this.#hasPush = true
    return this.out
  }

  /** The place before an output of a filter that has several. */
  output(name: string): TapPoint {
    const point = new TapPoint()
    this.#outputs.set(name, point)
    return point
  }

  async answer({ method, query, isTrusted }: AdminRequest): Promise<AdminAnswer> {
    const refuse = (status: number, body: string) => ({ status, body })
    if (method !== 'GET') return refuse(405, 'only GET')
    if (!isTrusted)
      return refuse(
        403,
        'records may hold secrets: at an address they are shown only with --admin-token-file; or ask the unix socket',
      )
    try {
      const point = this.#pointOf(query)
      const options = {
        matches: await readMatch(query.get('match')),
        sample: readSample(query.get('sample')),
      }
      if (this.#isClosed) return refuse(503, 'it is ending')
      if (this.#open.size >= MOST_TAPS)
        return refuse(503, `${MOST_TAPS} look here already; end one of them first`)
      return { status: 200, body: '', stream: out => this.#show(point, { ...options, out }) }
    } catch (error) {
      if (error instanceof RangeError) return refuse(400, messageOf(error))
      throw error
    }
  }

  /** Whoever still looks is told that there is no more. */
  close(): void {
    this.#isClosed = true
    for (const [out, stop] of this.#open) {
      stop()
      out.end()
    }
  }

  #pointOf(query: URLSearchParams): TapPoint {
    for (const key of query.keys())
      if (!KEYS.includes(key)) throw new RangeError(`there is no "${key}"; there are ${KEYS.join(', ')}`)
    const side = query.get('side') ?? (this.#givesOut ? 'out' : 'in')
    const output = query.get('output')
    if (side !== 'in' && side !== 'out') throw new RangeError(`side: "${side}" is not one of in, out`)
    if (side === 'in' && this.#shape === 'source')
      throw new RangeError('nothing goes into a source; ask for what comes out: --out, or side=out over HTTP')
    if (side === 'out' && !this.#givesOut) {
      const of = this.#shape === 'sink' ? 'a sink' : 'a filter that has no outputs'
      throw new RangeError(`nothing comes out of ${of}; ask for what goes in: --in, or side=in over HTTP`)
    }
    if (output === null) return this[side]
    const point = side === 'out' ? this.#outputs.get(output) : undefined
    if (point) return point
    const names = [...this.#outputs.keys()]
    throw new RangeError(
      names.length > 0
        ? `there is no output "${output}"; there are ${names.join(', ')}`
        : 'it has no outputs',
    )
  }

  /** Not so of a hub that only people look at. */
  get #givesOut(): boolean {
    return this.#shape === 'source' || this.#hasPush || this.#outputs.size > 0
  }

  #show(point: TapPoint, options: { matches: Match; sample: number; out: Writable }): void {
    const { out } = options
    budget ??= new Budget(performance.now())
    const tap = new Tap({ ...options, budget })
    const look = tap.look.bind(tap)
    const tell = tap.tell.bind(tap)
    let silent = 0
    const timer = setInterval(() => {
      tell()
      silent = out.writableLength > 0 ? 0 : silent + 1
      // So that whoever looks from afar, and everybody in between, knows that it is still there.
      if (silent > 0 && silent % SILENT === 0) out.write('\n')
    }, TELL)
    timer.unref()
    point.add(look)
    out.on('drain', tell)
    // Whoever reads slowly stays for a while after the end, and nothing may be written any more.
    const stop = () => {
      clearInterval(timer)
      point.delete(look)
      out.off('drain', tell)
    }
    this.#open.set(out, stop)
    out.once('close', () => {
      stop()
      this.#open.delete(out)
    })
  }
}

const KEYS = ['side', 'output', 'match', 'sample']

/** Late: hardly anybody asks, and the query language is not small. */
async function readMatch(text: string | null): Promise<Match> {
  if (text === null || text.trim() === '' || text.trim() === '*') return everything
  const { createMatcher, parseQuery, QueryError } = await import('../query/index.ts')
  const { timeOfEvent } = await import('../event-time.ts')
  try {
    const matches = createMatcher(parseQuery(text, Date.now()))
    return record => matches(record, timeOfEvent(record, Date.now()))
  } catch (error) {
    if (!(error instanceof QueryError)) throw error
    throw new RangeError(`match: "${text}": ${error.message} (at character ${error.position + 1})`)
  }
}

function readSample(text: string | null): number {
  if (text === null) return 1
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new RangeError(`sample: "${text}" is not a whole number of at least 1`)
}
