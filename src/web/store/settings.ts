// What one person likes on one machine; a view that is sent to others does not carry it.
import { State } from '../lib/state.ts'
import { read, write } from '../lib/theme.ts'

function setting(key: string, fallback: boolean): State<boolean> {
  const saved = read(key)
  const state = new State(saved === undefined ? fallback : saved === 'yes')
  state.watch(() => write(key, state.value ? 'yes' : 'no'))
  return state
}

/** Are long messages shown over several lines in the list? */
export const wrapped = setting('sluice.wrapped', false)
/** Do single keys do something? Who speaks to the browser may want none (WCAG 2.1.4). */
export const singleKeys = setting('sluice.keys', true)

/** Is the side panel unfolded? Only narrow screens fold it. */
export const filtersShown = new State(false)
