import { printable } from '../../lib/text/printable.ts'
import { type Column, columnsOf, widthOf } from './columns.ts'
import type { Line, Span, Style } from './line.ts'
import type { Row } from './rows.ts'
import { markedOf, type State } from './state.ts'

/** The table: its head, and a line for each row. */
export function tableOf(rows: readonly Row[], state: State, width: number): { head: Line; lines: Line[] } {
  const columns = columnsOf(width, rows)
  const longest = Math.max(8, width - widthOf(columns))
  const heads = columns.map(column => ` ${headingOf(column, state)}`).join('')
  const named = state.sort === 'name' ? `NAME${arrowOf(state)}` : 'NAME'
  const marked = markedOf(
    state,
    rows.map(({ id }) => id),
  )
  return {
    head: [['inverse', `${named.padEnd(longest)}${heads}`.padEnd(width)]],
    lines: rows.map(row => lineOf(row, columns, longest, width, state.selected !== '' && row.id === marked)),
  }
}

function headingOf({ key, head, width }: Column, state: State): string {
  return (key === state.sort ? `${head}${arrowOf(state)}` : head).padStart(width).slice(-width)
}

const arrowOf = ({ isDescending }: State) => (isDescending ? '▼' : '▲')

function lineOf(
  row: Row,
  columns: readonly Column[],
  longest: number,
  width: number,
  isMarked: boolean,
): Line {
  const name = shorten(row.name, longest).padEnd(longest)
  const shownName: Span = isMarked ? ['inverse', name] : row.trouble === undefined ? name : ['yellow', name]
  if (row.isSilent)
    return [shownName, ' ', ['red', printable(row.trouble ?? '').slice(0, width - longest - 1)]]
  return [shownName, ...columns.map(column => cellOf(row, column))]
}

function cellOf(row: Row, column: Column): Span {
  const text = ` ${column.text(row).padStart(column.width)}`
  const style = styleOf(row, column)
  return style ? [style, text] : text
}

function styleOf(row: Row, { key }: Column): Style | undefined {
  if (key === 'drops' && row.drops) return 'yellow'
  if (key === 'dead' && row.dead) return 'yellow'
  if (key === 'held' && row.held !== undefined && row.limit && row.held > row.limit * 0.9) return 'red'
  return undefined
}

/** The stages of a chain, and its copies, are told apart by their ends. */
function shorten(name: string, most: number): string {
  if (name.length <= most) return name
  if (/\/|\.\d+$/.test(name)) return `…${name.slice(1 - most)}`
  const half = Math.floor((most - 1) / 2)
  return `${name.slice(0, most - 1 - half)}…${name.slice(name.length - half)}`
}
