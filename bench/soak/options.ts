// npm run soak -- what can be asked of it.
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

export const USAGE = `npm run soak -- [--hours N | --minutes N] [--rate N] [--csv FILE] [--plot FILE]

Three daemons, joined by acknowledged links, write into a real Elasticsearch, and the sink is restarted again and
again. Does anything grow, is anything lost, is anything there twice?

  --minutes N  short form: so long, the sink restarted every minute (10)
  --hours N    long form: so long, the sink restarted every 10 minutes
  --rate N     records a second (2000)
  --csv FILE   all samples (${join(tmpdir(), 'sluice-soak.csv')})
  --plot FILE  a drawing of the memory over time (SVG)

Exit code 0: nothing grows, each number is there once, the books balance. 1: not so. 64: misuse.
`

export interface SoakOptions {
  hours?: number
  minutes?: number
  rate: number
  csv: string
  plot?: string
  help: boolean
}

/** @throws TypeError with what is wrong with the arguments */
export function readOptions(args: readonly string[]): SoakOptions {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: {
      hours: text,
      minutes: text,
      rate: { ...text, default: '2000' },
      csv: { ...text, default: join(tmpdir(), 'sluice-soak.csv') },
      plot: text,
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const { hours, minutes, rate, csv, plot, help } = values
  if (hours !== undefined && minutes !== undefined)
    throw new TypeError('--hours and --minutes: only one of them')
  return {
    ...(hours !== undefined && { hours: positive('hours', hours) }),
    ...(minutes !== undefined && { minutes: positive('minutes', minutes) }),
    rate: positive('rate', rate),
    csv,
    ...(plot !== undefined && { plot }),
    help,
  }
}

function positive(name: string, word: string): number {
  const number = Number(word)
  if (!(number > 0 && Number.isFinite(number)))
    throw new TypeError(`--${name}: a number above 0, not ${word}`)
  return number
}
