// A pause, which holds all of the live view.
import { State } from '../lib/state.ts'
import { beats, COLOURS, colourField, colours, events, rates, serverNow } from './parts.ts'
import type { Rates } from './rates.ts'
import { type Column, lately } from './stack.ts'

/** The moment that everything stands still at, by the clock of the server; undefined while it moves. */
export const pausedAt = new State<number | undefined>(undefined)

/** Up to when the live view shows what came: now, or when it was paused. */
export const shownNow = (): number => pausedAt.value ?? serverNow()

/** How much came, as the live view shows it: while it is paused, as it was then. */
export const shown = (): Pick<Rates, 'slots' | 'total'> => frozen ?? rates
let frozen: Pick<Rates, 'slots' | 'total'> | undefined

/** How much there is at present, in all and by colours. */
export function present(): Column {
  const values = Array.from({ length: COLOURS }, (_, index) => colours.values[index])
  const { slots } = shown()
  return lately(slots, slots.last, { field: colourField(), values })
}

export function togglePause(): void {
  if (pausedAt.value === undefined) {
    frozen = { slots: rates.slots.snapshot(), total: rates.total }
    pausedAt.value = serverNow()
    events.incoming.hold('paused', true)
  } else goOn()
  beats.value++
}

export function goOn(): void {
  pausedAt.value = frozen = undefined
  events.incoming.hold('paused', false)
}
