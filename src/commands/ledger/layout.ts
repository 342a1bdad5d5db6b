// The ledger for a person, within 80 columns.
import { printable } from '../../lib/text/printable.ts'
import type { BookEntry, Ledger, StageEntry } from './ledger.ts'
import { plural } from './ledger.ts'
import type { LinkEntry } from './links.ts'

/** Colours a text, or leaves it. */
export type Paint = (colour: 'green' | 'red' | 'yellow' | 'dim', text: string) => string

export interface LayoutOptions {
  paint: Paint
  /** Whether the rates are shown. */
  rates: boolean
}

const COLUMNS = 80
const LONGEST_NAME = 24

const number = (value: number) => value.toLocaleString('en-US')

/** All lines; what is last is the verdict. */
export function layOut(ledger: Ledger, options: LayoutOptions): string[] {
  const { stages, spools, links, kernelDropped } = ledger
  const rows = [...stages, ...spools.map(spool => ({ ...spool, shape: 'spool', rate: undefined }))]
  return [
    ...(rows.length > 0 ? [...table(rows, options), ''] : []),
    ...links.flatMap(link => linkLines(link, options.paint)),
    ...(links.length > 0 ? [''] : []),
    ...kernelDropped.flatMap(({ name, datagrams }) =>
      wrap(`${name}: the kernel dropped ${plural(datagrams, 'datagram')} before anything saw them`, 2).map(
        line => options.paint('yellow', line),
      ),
    ),
    ...(kernelDropped.length > 0 ? [''] : []),
    ...verdict(ledger, options.paint),
  ]
}

/** What others have written that is shown of one line: names of files, and answers of whoever listens there. */
const MOST_SHOWN = 200

/** A screen of so many rows: who does not answer, then the ledger. What does not fit is left out before the verdict. */
export function layOutScreen(ledger: Ledger, rows: number, options: LayoutOptions): string[] {
  const silent = ledger.unanswered.map(({ address, why }) => printable(`${address}: ${why}`, MOST_SHOWN))
  const lines = [`${ledger.at.slice(0, 19)}Z`, ...silent, '', ...layOut(ledger, options)]
  const most = Math.max(2, rows - 1)
  return lines.length <= most ? lines : [...lines.slice(0, most - 2), '…', lines.at(-1)!]
}

function verdict({ verdict, summary }: Ledger, paint: Paint): string[] {
  const colour = ({ balanced: 'green', loss: 'red', unknown: 'yellow' } as const)[verdict]
  return wrap(summary, 2).map(line => paint(colour, line))
}

/** The verdict with the time and the rate, for a line a second. */
export function watchLine(ledger: Ledger): string {
  return `${ledger.at.slice(11, 19)}Z ${ledger.summary}, ${number(sourceRate(ledger))}/s`
}

function sourceRate({ stages }: Ledger): number {
  const sources = stages.filter(({ shape }) => shape === 'source')
  return Math.round(
    (sources.length > 0 ? sources : stages.slice(0, 1)).reduce((sum, { rate }) => sum + rate, 0),
  )
}

type Row = Omit<StageEntry, 'rate'> & { rate: number | undefined }

function table(rows: readonly Row[], { paint, rates }: LayoutOptions): string[] {
  const made = rows.some(row => row.made > 0)
  const heads = ['', '', ...(rates ? ['/s'] : []), 'in', ...(made ? ['made'] : [])]
  const cells = rows.map(row => [
    shorten(row.name),
    row.shape,
    ...(rates ? [row.rate === undefined ? '' : number(Math.round(row.rate))] : []),
    number(row.in),
    ...(made ? [row.made > 0 ? number(row.made) : ''] : []),
  ])
  const widths = heads.map((head, n) => widest([head, ...cells.map(cell => cell[n]!)]))
  const line = (cell: readonly string[]) =>
    cell.map((text, n) => (n < 2 ? text.padEnd(widths[n]!) : text.padStart(widths[n]!))).join('  ')
  const indent = line(heads).length + 3
  return [
    paint('dim', `${line(heads)}   what became of them`),
    ...rows.flatMap((row, n) => {
      const [first = '', ...more] = wrap(outcomes(row), indent, ' + ', indent)
      const sign = row.missing === 0 ? '=' : paint('red', '≠')
      const missing = row.missing === 0 ? [] : [`${' '.repeat(indent)}${paint('red', imbalance(row))}`]
      return [`${line(cells[n]!)} ${sign} ${first}`, ...more, ...missing]
    }),
  ]
}

function widest(texts: readonly string[]): number {
  return texts.reduce((most, { length }) => Math.max(most, length), 0)
}

/** `9,000 stored + 1,000 held`. */
function outcomes({ outcomes, held }: BookEntry): string {
  const parts = Object.entries({ ...outcomes, held }).filter(([, records]) => records !== 0)
  return parts.map(([outcome, records]) => `${number(records)} ${outcome}`).join(' + ') || '0'
}

function imbalance({ missing }: BookEntry): string {
  return missing > 0 ? `${plural(missing, 'record')} missing` : `${number(-missing)} too many`
}

function linkLines(
  { endpoint, pushers, pullers, pushed, pulled, state, note }: LinkEntry,
  paint: Paint,
): string[] {
  const who = (names: readonly string[]) => names.join(', ') || '?'
  const short = pushed - pulled
  const [colour, said] = {
    arrived: ['green', short === 0 ? 'all arrived' : 'arrived'],
    moving: ['yellow', `${plural(short, 'record')} in flight or lost`],
    lost: ['red', `${plural(short, 'record')} lost`],
    unknown: ['yellow', short > 0 ? `${plural(short, 'record')} not accounted for` : 'cannot be compared'],
  }[state] as ['green' | 'yellow' | 'red', string]
  // Who pushes there is unknown, or nobody did.
  const result = state === 'arrived' && note !== '' ? '' : `: ${paint(colour, said)}`
  return [
    ...wrap(`${endpoint}  ${who(pushers)} to ${who(pullers)}`, 4),
    `    ${number(pushed)} pushed, ${number(pulled)} pulled${result}`,
    ...(note === '' ? [] : wrap(`    ${printable(note)}`, 4)),
  ]
}

/** Lines of at most 80 columns. The first one will stand behind `start` columns; the others begin with `indent` blanks. */
function wrap(text: string, indent: number, between = ' ', start = 0): string[] {
  const lines: string[] = []
  for (const part of text.split(between)) {
    const last = lines.at(-1)
    const room = COLUMNS - (lines.length === 1 ? start : 0)
    if (last !== undefined && last.length + between.length + part.length <= room)
      lines[lines.length - 1] = `${last}${between}${part}`
    else lines.push(last === undefined ? part : `${' '.repeat(indent)}${between.trimStart()}${part}`)
  }
  return lines
}

function shorten(name: string): string {
  return name.length <= LONGEST_NAME ? name : `${name.slice(0, 11)}…${name.slice(-12)}`
}
