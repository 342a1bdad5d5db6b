// Moving through the lines, and opening them.
import { current, open, results, tail, view } from './session.ts'

export function toggle(cursor: string): void {
  current.value = cursor
  open(view.value.record === cursor ? undefined : cursor)
  focus(cursor)
}

/** Closes the record that is open; false when there was none. */
export function close(): boolean {
  const { record } = view.value
  if (record === undefined) return false
  open(undefined)
  focus(record)
  return true
}

/** `by` lines on; infinity for the last one that has been loaded. */
export function moveBy(by: number): void {
  const { lines } = results.state.value
  if (lines.length === 0) return
  const at = lines.findIndex(({ cursor }) => cursor === current.value)
  // Nothing is chosen yet: whichever way, the first line is.
  const wanted = at === -1 && Number.isFinite(by) ? 0 : at + by
  const index = Math.min(lines.length - 1, Math.max(0, wanted))
  const { cursor } = lines[index]!
  // Whoever reads on wants the next one opened too.
  if (view.value.record !== undefined && view.value.record !== cursor) open(cursor)
  current.value = cursor
  focus(cursor)
  if (index > lines.length - 10) results.more()
}

export function showNewest(): void {
  scrollTo({ top: 0 })
  tail.hold('scrolled', false)
  open(undefined)
  current.value = undefined
}

function focus(cursor: string): void {
  // The line may be drawn only after this.
  requestAnimationFrame(() => {
    const line = document.getElementById(`line-${cursor}`)
    line?.focus({ preventScroll: true })
    line?.scrollIntoView({ block: 'nearest' })
  })
}
