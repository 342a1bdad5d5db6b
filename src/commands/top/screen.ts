// The screen as lines of styled texts, from what is known and what the user wants to see.
import type { LinkAnswer } from '../../lib/asking/answer.ts'
import { wordsOfDead } from '../../lib/asking/running.ts'
import { rate, sortRows } from './columns.ts'
import { detailsOf } from './details.ts'
import { footOf, helpLines } from './help.ts'
import type { Line } from './line.ts'
import { ASKING, type Row } from './rows.ts'
import { markedOf, type Shown, type State } from './state.ts'
import { tableOf } from './table.ts'

export interface Known {
  rows: readonly Row[]
  /** Sockets that nobody listens at any more. */
  dead: readonly { address: string }[]
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
  const dead: Line[] = known.dead.length === 0 ? [] : [[wordsOfDead(known.dead)]]
  if (rows.length === 0) return [[nobody(known)], ...dead]
  const { head, lines } = tableOf(rows, { ...state, selected: '' }, width)
  return [head, ...lines, ...dead]
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

function nobody({ where, dead }: Known): string {
  return `no daemon was found: there is no admin socket in ${where}${dead.length > 0 ? ' that answers' : ''}`
}

function headOf({ rows, at, dead }: Known, { isPaused, filter, isTyping }: State): Line {
  const processes = new Set(rows.filter(row => !row.isSilent).map(({ running }) => running))
  const silent = rows.filter(row => row.isSilent && row.trouble !== ASKING).length
  const first = rows.filter(isEntry)
  const sum = first.reduce((all, row) => all + (row.in ?? 0), 0)
  return [
    ['bold', 'sluice top'],
    `  ${at.slice(11, 19)}Z  ${processes.size} ${processes.size === 1 ? 'process' : 'processes'}`,
    ...(first.length > 0 ? [`, ${rate(sum)}/s in`] : []),
    ...(silent > 0 ? [', ', ['red', `${silent} without an answer`] as const] : []),
    ...(dead.length > 0 ? [`, ${dead.length} dead ${dead.length === 1 ? 'socket' : 'sockets'}`] : []),
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
