// The parts of the page, and what is chosen in them.
import { State } from '../lib/state.ts'
import { OTHERS } from './api.ts'
import { Events } from './events.ts'
import { Past } from './history/past.ts'
import { CalmOrder, Colours } from './ranking.ts'
import { Rates } from './rates.ts'
import { about } from './server.ts'
import { parseView, type View } from './view.ts'

export const view = new State<View>(parseView(location.search))
/** The number of the line that is open. */
export const opened = new State<number | undefined>(undefined)
/** Values whose columns are not shown. */
export const hidden = new State<ReadonlySet<string>>(new Set())

export const rates = new Rates()
export const events = new Events()
export const past = new Past()
/** More are hard to tell apart. */
export const COLOURS = 8
export const colours = new Colours(COLOURS)
export const topOrder = new CalmOrder(12)

/** Counts up, calmly, when figures that people read have changed. */
export const beats = new State(0)

export const colourField = (): string => view.value.by || about.value?.fields[0] || 'type'

export function topField(): string {
  const fields = about.value?.fields ?? []
  return view.value.top || (fields.includes('account') ? 'account' : (fields[1] ?? fields[0] ?? 'account'))
}

/** Now, by the clock of the server; epoch milliseconds. */
export const serverNow = (): number => rates.time.at(performance.now()) ?? about.value?.now ?? Date.now()

export function open(number: number | undefined): void {
  opened.value = number
  events.incoming.hold('reading', number !== undefined)
}

export function toggleHidden(value: string): void {
  const next = new Set(hidden.value)
  if (!next.delete(value)) next.add(value)
  hidden.value = next
  beats.value++
}

/** Only this one; again: all of them. */
export function onlyShown(value: string, all: readonly string[]): void {
  const others = [...all, OTHERS].filter(each => each !== value)
  const isAlone = others.every(each => hidden.value.has(each)) && !hidden.value.has(value)
  hidden.value = new Set(isAlone ? [] : others)
  beats.value++
}
