import { setting } from '../lib/settings.ts'
import { State } from '../lib/state.ts'

/** Are long messages shown over several lines in the list? */
export const wrapped = setting('sluice.wrapped', false)

/** Is the side panel unfolded? Only narrow screens fold it. */
export const filtersShown = new State(false)
