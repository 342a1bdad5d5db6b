// Moving through the events, and opening them.
import { State } from '../lib/state.ts'
import { events, open, opened } from './parts.ts'
import { pausedAt, togglePause } from './pause.ts'

/** The line that the keys act on, by its number. */
export const current = new State<number | undefined>(undefined)

export function toggle(number: number): void {
  current.value = number
  open(opened.value === number ? undefined : number)
  focus(number)
}

export function moveBy(by: number): void {
  const lines = events.lines.value
  if (lines.length === 0) return
  const at = lines.findIndex(({ number }) => number === current.value)
  // Nothing is chosen yet: whichever way, the first line is.
  const wanted = at === -1 && Number.isFinite(by) ? 0 : at + by
  const { number } = lines[Math.min(lines.length - 1, Math.max(0, wanted))]!
  // Whoever reads on wants the next one opened too.
  if (opened.value !== undefined && opened.value !== number) open(number)
  current.value = number
  focus(number)
}

export function showNewest(): void {
  open(undefined)
  current.value = undefined
  const list = document.getElementById('events')!
  if (list.getBoundingClientRect().top < 0) list.scrollIntoView()
  events.incoming.hold('scrolled', false)
  if (pausedAt.value !== undefined) togglePause()
}

function focus(number: number): void {
  // The line may be drawn only after this.
  requestAnimationFrame(() => {
    const line = document.getElementById(`event-${number}`)
    line?.focus({ preventScroll: true })
    line?.scrollIntoView({ block: 'nearest' })
  })
}
