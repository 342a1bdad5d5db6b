// The screen as lines of styled texts, from what is known and what the user wants to see.
import type { LinkAnswer } from '../../lib/asking/answer.ts'
import { printable } from '../../lib/text/printable.ts'
import { ALL_COLUMNS, type Column, columnsOf, rate, sortRows, widthOf } from './columns.ts'
import { detailsOf } from './details.ts'
import { ASKING, type Row } from './rows.ts'
import { markedOf, type Shown, type State } from './state.ts'

export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'inverse'
export type Span = string | readonly [style: Style, text: string]
export type Line = readonly Span[]

export interface Known {
  rows: readonly Row[]
  /** The drawn chain, by its lines. */
  chain: readonly string[]
  /** Where sockets were looked for. */
  where: string
  /** ISO 8601. */
  at: string
}

export interface Size {
  width: number
  height: number
}

/** Exactly the screen: its head, what is looked at, and the keys below. */
export function drawScreen(known: Known, state: State, size: Size): { lines: Line[]; shown: Shown } {
  const rows = sortRows(filterRows(known.rows, state.filter), state.sort, state.isDescending)
  const ids = rows.map(({ id }) => id)
  const body = Math.max(1, size.height - 3)
  const view = viewOf(known, state, rows, size.width)
  const marked = view.marked ?? 0
  const from = Math.max(
    0,
    Math.min(view.marked === undefined ? state.scroll : marked - body + 2, view.lines.length - body),
  )
  const visible = view.lines.slice(from, from + body)
  const blank = Array.from({ length: body - visible.length }, (): Line => [])
  return {
    lines: [headOf(known, state), view.head, ...visible, ...blank, footOf(state, size.width)].slice(
      0,
      size.height,
    ),
    shown: { ids, height: body, most: Math.max(0, view.lines.length - body) },
  }
}

/** The table alone, all of it. */
export function drawTable(known: Known, state: State, width: number): Line[] {
  const rows = sortRows(filterRows(known.rows, state.filter), state.sort, state.isDescending)
  if (rows.length === 0) return [[nobody(known)]]
  const { head, lines } = tableOf(rows, { ...state, selected: '' }, width)
  return [head, ...lines]
}

export function filterRows(rows: readonly Row[], filter: string): Row[] {
  const wanted = filter.toLowerCase()
  return rows.filter(({ name, shape, trouble = '' }) =>
    `${name} ${shape} ${trouble}`.toLowerCase().includes(wanted),
  )
}

interface View {
  head: Line
  lines: Line[]
  /** The line that is to be seen in any case. */
  marked?: number
}

function viewOf(known: Known, state: State, rows: readonly Row[], width: number): View {
  switch (state.view) {
    case 'help':
      return { head: [['inverse', 'Help'.padEnd(width)]], lines: helpLines() }
    case 'chain':
      return {
        head: [['inverse', 'Who feeds whom, records a second'.padEnd(width)]],
        lines: known.chain.map(line => [line]),
      }
    case 'details': {
      const row = known.rows.find(({ id }) => id === state.selected)
      const lines = row ? detailsOf(row) : [['it is not there any more'] as Line]
      return { head: [['inverse', (row?.name ?? '').padEnd(width)]], lines }
    }
    default: {
      if (rows.length === 0) {
        const said = state.filter === '' ? nobody(known) : `nothing has "${state.filter}" in its name`
        return { head: [''], lines: [[said]] }
      }
      const { head, lines } = tableOf(rows, state, width)
      const marked = rows.findIndex(
        ({ id }) =>
          id ===
          markedOf(
            state,
            rows.map(row => row.id),
          ),
      )
      return { head, lines, marked }
    }
  }
}

function nobody({ where }: Known): string {
  return `no daemon was found: there is no admin socket in ${where}`
}

function headOf({ rows, at }: Known, { isPaused, filter, isTyping }: State): Line {
  const processes = new Set(rows.filter(row => !row.isSilent).map(({ running }) => running))
  const silent = rows.filter(row => row.isSilent && row.trouble !== ASKING).length
  const first = rows.filter(isEntry)
  const sum = first.reduce((all, row) => all + (row.in ?? 0), 0)
  return [
    ['bold', 'sluice top'],
    `  ${at.slice(11, 19)}Z  ${processes.size} ${processes.size === 1 ? 'process' : 'processes'}`,
    ...(first.length > 0 ? [`, ${rate(sum)}/s in`] : []),
    ...(silent > 0 ? [', ', ['red', `${silent} without an answer`] as const] : []),
    ...(isPaused ? ['  ', ['yellow', 'paused'] as const] : []),
    ...(filter !== '' || isTyping ? [`  /${filter}`, ...(isTyping ? [['inverse', ' '] as const] : [])] : []),
  ]
}

/** Nothing comes to it from another daemon. */
function isEntry({ isFirst, stage }: Row): boolean {
  return isFirst && stage !== undefined && !stage.links.some(isFromOthers)
}

function isFromOthers({ direction, endpoint }: LinkAnswer): boolean {
  return direction === 'pull' && !/^(-|file:)/.test(endpoint)
}

const KEYS: { readonly [view in State['view']]: string } = {
  table: 'q quit  s sort  r reverse  / filter  p pause  g chain  Enter details  ? help',
  details: 'q quit  Esc back  arrows scroll  p pause',
  chain: 'q quit  g or Esc back  arrows scroll  p pause',
  help: 'q quit  ? or Esc back  arrows scroll',
}

function footOf({ view, isTyping }: State, width: number): Line {
  const said = isTyping ? 'type a part of a name  Enter done  Esc all of them' : KEYS[view]
  return [['dim', said.slice(0, width)]]
}

function tableOf(rows: readonly Row[], state: State, width: number): { head: Line; lines: Line[] } {
  const columns = columnsOf(width)
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

function shorten(name: string, most: number): string {
  if (name.length <= most) return name
  const half = Math.floor((most - 1) / 2)
  return `${name.slice(0, most - 1 - half)}…${name.slice(name.length - half)}`
}

function helpLines(): Line[] {
  const keys: [string, string][] = [
    ['s, S', 'sort by the next column, or by the one before'],
    ['r', 'the other way round'],
    ['/', 'only names with a text in them; Esc shows all again'],
    ['up, down', 'mark a daemon; PgUp, PgDn, Home, End'],
    ['Enter', 'all of it: links, books, options; Esc goes back'],
    ['g', 'who feeds whom'],
    ['p, space', 'stand still; the daemons go on'],
    ['q', 'quit'],
  ]
  const columns = ALL_COLUMNS.map(({ head, help }): Line => [`  ${head.padEnd(10)}`, help])
  return [
    ...keys.map(([key, help]): Line => [['bold', `  ${key.padEnd(10)}`], help]),
    [],
    ...columns,
    [],
    ['A name in yellow waits for something: Enter says for what.'],
  ]
}
