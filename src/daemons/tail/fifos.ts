import { aborted, type Context, type Feed } from '../../lib/index.ts'
import { Intake } from '../../lib/text/intake.ts'
import { LineFraming } from '../../lib/text/line-framing.ts'
import { type Oversize, TextRecords } from '../../lib/text/oversize.ts'
import { Fifo } from './fifo.ts'

export interface FifosOptions {
  mode: string
  owner: string | undefined
  oversize: Oversize
  scanEvery: number
  fields(path: string): { [field: string]: unknown }
}

/** Reads named pipes until the signal. */
export async function readFifos(
  fifos: readonly Fifo[],
  options: FifosOptions,
  context: Context<'oversize'>,
  feed: Feed,
): Promise<void> {
  if (fifos.length === 0) return
  const reading = new Set<Fifo>()
  const intake = new Intake(feed, room => {
    for (const fifo of reading) fifo.pause()
    room.then(
      () => {
        for (const fifo of reading) fifo.resume()
      },
      () => {},
    )
  })
  const lines = new Map(fifos.map(({ path }) => [path, linesOf(path, options, context, intake)]))
  const start = (fifo: Fifo) => {
    reading.add(fifo)
    fifo.start(chunk => lines.get(fifo.path)!.push(chunk), context.fatal)
  }
  for (const fifo of fifos) start(fifo)
  const timer = setInterval(async () => {
    for (const fifo of [...reading]) {
      if (fifo.isThere) continue
      reading.delete(fifo)
      context.log.warn(
        { fifo: fifo.path },
        `${fifo.path} is not the pipe any more that was read; it is opened again`,
      )
      fifo.drain()
      fifo.close()
      await Fifo.open({ ...options, path: fifo.path }).then(start, context.fatal)
    }
  }, options.scanEvery)
  await aborted(feed.signal)
  clearInterval(timer)
  for (const fifo of reading) {
    if (feed.room()) fifo.pause()
    else fifo.drain()
    lines.get(fifo.path)!.end()
  }
  intake.flush()
}

/** Makes records of what comes out of a pipe. */
function linesOf(
  path: string,
  { oversize, fields }: FifosOptions,
  context: Context<'oversize'>,
  intake: Intake,
) {
  const texts = new TextRecords({ context, oversize, fields: fields(path) })
  const framing = new LineFraming(texts.most, texts.piece)
  return {
    push(chunk: Buffer): void {
      texts.received = Date.now()
      framing.push(chunk)
      intake.add(texts.take())
    },
    end(): void {
      texts.received = Date.now()
      framing.end()
      intake.add(texts.take())
    },
  }
}
