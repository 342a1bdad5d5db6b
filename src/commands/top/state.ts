// What the user has chosen to see, and what each key does to that.
import { KEYS, type Key } from './columns.ts'

export interface State {
  view: 'table' | 'details' | 'chain' | 'help'
  sort: Key
  isDescending: boolean
  isPaused: boolean
  filter: string
  /** A filter is being typed. */
  isTyping: boolean
  /** The id of the row that is marked. */
  selected: string | undefined
  /** Lines above the screen, of what is longer than it. */
  scroll: number
  isOver: boolean
}

export interface Press {
  /** As node:readline calls it. */
  name?: string | undefined
  sequence?: string | undefined
  ctrl?: boolean | undefined
}

export const START: State = {
  view: 'table',
  sort: 'name',
  isDescending: false,
  isPaused: false,
  filter: '',
  isTyping: false,
  selected: undefined,
  scroll: 0,
  isOver: false,
}

/** What is on the screen now. */
export interface Shown {
  /** Ids of the rows, in their order. */
  ids: readonly string[]
  /** Lines of it. */
  height: number
  /** Lines that can be above it. */
  most: number
}

/** The state after a key. */
export function press(state: State, key: Press, shown: Shown): State {
  if (key.ctrl && key.name === 'c') return { ...state, isOver: true }
  if (state.isTyping) return type(state, key)
  switch (key.name ?? key.sequence) {
    case 'q':
      return { ...state, isOver: true }
    case 'escape':
    case 'backspace':
    case 'left':
      return { ...state, view: 'table', scroll: 0, ...(state.view === 'table' && { filter: '' }) }
    case 'p':
    case 'space':
      return { ...state, isPaused: !state.isPaused }
    case 'g':
      return see(state, 'chain')
    case 'up':
    case 'k':
      return move(state, -1, shown)
    case 'down':
    case 'j':
      return move(state, 1, shown)
    case 'pageup':
      return move(state, 2 - shown.height, shown)
    case 'pagedown':
      return move(state, shown.height - 2, shown)
    case 'home':
      return move(state, Number.NEGATIVE_INFINITY, shown)
    case 'end':
      return move(state, Number.POSITIVE_INFINITY, shown)
    case 'return':
    case 'enter':
    case 'right':
      return state.view === 'table'
        ? see({ ...state, selected: markedOf(state, shown.ids) }, 'details')
        : state
    default:
      return pressSign(state, key)
  }
}

function pressSign(state: State, { sequence }: Press): State {
  switch (sequence) {
    case '?':
    case 'h':
      return see(state, 'help')
    case '/':
      return { ...state, view: 'table', scroll: 0, isTyping: true, filter: '' }
    case 's':
      return sortBy(state, 1)
    case 'S':
      return sortBy(state, -1)
    case 'r':
      // What nobody sees is not turned.
      return state.view === 'table' ? { ...state, isDescending: !state.isDescending } : state
    default:
      return state
  }
}

/** The row that is marked: the first one, as long as nobody has chosen another that is there. */
export function markedOf({ selected }: State, ids: readonly string[]): string | undefined {
  return selected !== undefined && ids.includes(selected) ? selected : ids[0]
}

/** The same key leads there and back. */
function see(state: State, view: State['view']): State {
  return { ...state, view: state.view === view ? 'table' : view, scroll: 0 }
}

function sortBy(state: State, step: number): State {
  const sort = KEYS[(KEYS.indexOf(state.sort) + step + KEYS.length) % KEYS.length]!
  // The largest number is what is looked for.
  return { ...state, view: 'table', sort, isDescending: sort !== 'name' }
}

function move(state: State, lines: number, { ids, most }: Shown): State {
  if (state.view !== 'table')
    return { ...state, scroll: Math.min(most, Math.max(0, state.scroll + limited(lines))) }
  const at = ids.indexOf(markedOf(state, ids) ?? '')
  return { ...state, selected: ids[Math.min(ids.length - 1, Math.max(0, at + limited(lines)))] }
}

/** Infinities are no numbers to count with. */
const limited = (lines: number) => Math.min(100_000, Math.max(-100_000, lines))

const LONGEST_FILTER = 60

function type(state: State, { name, sequence = '', ctrl }: Press): State {
  if (name === 'return' || name === 'enter') return { ...state, isTyping: false }
  if (name === 'escape') return { ...state, isTyping: false, filter: '' }
  if (name === 'backspace') return { ...state, filter: state.filter.slice(0, -1) }
  if (ctrl || !/^[ -~]$/.test(sequence) || state.filter.length >= LONGEST_FILTER) return state
  return { ...state, filter: state.filter + sequence }
}
