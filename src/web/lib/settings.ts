// What one person likes on one machine; a view that is sent to others does not carry it.
import { State } from './state.ts'
import { read, write } from './theme.ts'

export function setting(key: string, fallback: boolean): State<boolean> {
  const saved = read(key)
  const state = new State(saved === undefined ? fallback : saved === 'yes')
  state.watch(() => write(key, state.value ? 'yes' : 'no'))
  return state
}

/** Do single keys do something? Who speaks to the browser may want none (WCAG 2.1.4). */
export const singleKeys = setting('sluice.keys', true)
