import { aborted, atMostEvery, type Context, type Feed } from '../../lib/index.ts'
import { LineFraming } from '../../lib/text/line-framing.ts'
import { type Oversize, TextRecords } from '../../lib/text/oversize.ts'
import { Fifo } from './fifo.ts'

export interface FifosOptions {
  mode: string
  owner: string | undefined
  /** Bytes that are read and not yet accepted, at most: what kill -9 loses. */
  fifoWindow: number
  oversize: Oversize
  scanEvery: number
  fields(path: string): { [field: string]: unknown }
}

/** An acceptance that takes so many milliseconds is that of another host, not of a spool. */
const SLOW = 500
const TELL_EVERY = 60_000

/** Reads named pipes until the signal. */
export async function readFifos(
  fifos: readonly Fifo[],
  options: FifosOptions,
  context: Context<'oversize'>,
  feed: Feed,
): Promise<void> {
  if (fifos.length === 0) return
  const readings = fifos.map(fifo => new FifoReading(fifo, options, context, feed))
  for (const reading of readings) reading.start()
  const timer = setInterval(() => {
    for (const reading of readings) reading.look().catch(context.fatal)
  }, options.scanEvery)
  await aborted(feed.signal)
  clearInterval(timer)
  for (const reading of readings) reading.end()
}

/** One named pipe, whatever pipe has its name. */
class FifoReading {
  readonly #options: FifosOptions
  readonly #context: Context<'oversize'>
  readonly #feed: Feed
  readonly #texts: TextRecords
  readonly #lines: LineFraming
  readonly #mayTell = atMostEvery(TELL_EVERY)
  #fifo: Fifo
  /** Bytes that are read and not yet accepted. */
  #held = 0
  #isOpening = false

  constructor(fifo: Fifo, options: FifosOptions, context: Context<'oversize'>, feed: Feed) {
    this.#fifo = fifo
    this.#options = options
    this.#context = context
    this.#feed = feed
    const { oversize, fields } = options
    this.#texts = new TextRecords({ context, oversize, fields: fields(fifo.path) })
    this.#lines = new LineFraming(this.#texts.most, this.#texts.piece)
  }

  start(): void {
    this.#fifo.start(chunk => this.#take(chunk), this.#context.fatal)
  }

  /** Whether its name still leads to it. */
  async look(): Promise<void> {
    if (this.#isOpening || this.#fifo.isThere) return
    const { path } = this.#fifo
    this.#context.log.warn(
      { fifo: path },
      `${path} is not the pipe any more that was read; it is opened again`,
    )
    this.#isOpening = true
    this.#fifo.drain()
    this.#fifo.close()
    // What others write into another pipe does not go on with a line from this one.
    this.#endLine()
    this.#fifo = await Fifo.open({ ...this.#options, path })
    this.#isOpening = false
    this.start()
    this.#continue()
  }

  /** What is left in the pipe is lost when nobody else has it open; where there is no room it has to stay there. */
  end(): void {
    if (this.#feed.room()) this.#fifo.pause()
    else this.#fifo.drain()
    this.#endLine()
    this.#fifo.close()
  }

  #endLine(): void {
    this.#texts.received = Date.now()
    this.#lines.end()
    this.#emit(0)
  }

  #take(chunk: Buffer): void {
    this.#texts.received = Date.now()
    this.#lines.push(chunk)
    this.#emit(chunk.length)
    this.#continue()
  }

  #emit(bytes: number): void {
    const records = this.#texts.take()
    if (records.length === 0) return
    const since = performance.now()
    this.#held += bytes
    this.#feed.emit(records).then(
      () => {
        const isFull = this.#held >= this.#options.fifoWindow
        if (isFull && performance.now() - since > SLOW && this.#mayTell()) this.#tell()
        this.#held -= bytes
        this.#continue()
      },
      () => {},
    )
  }

  #continue(): void {
    if (this.#feed.signal.aborted) return
    const room = this.#feed.room()
    if (this.#held < this.#options.fifoWindow && !room) {
      this.#fifo.resume()
      return
    }
    this.#fifo.pause()
    room?.then(
      () => this.#continue(),
      () => {},
    )
  }

  #tell(): void {
    this.#context.log.info(
      { fifo: this.#fifo.path },
      'reading the pipe waits for records to be accepted; --spool accepts them at once, a larger --fifo-window reads further ahead',
    )
  }
}
