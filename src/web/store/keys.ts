// What single keys do, wherever the focus is but in a place where one types.
import { helpShown } from './help.tsx'
import { togglePause } from './list-bar.tsx'
import { close, moveBy, showNewest, toggle } from './selection.ts'
import { current, go, tail, view } from './session.ts'
import { singleKeys, wrapped } from './settings.ts'

const LETTERS: { [key: string]: () => void } = {
  '/': () => document.getElementById('query')?.focus(),
  j: () => moveBy(1),
  k: () => moveBy(-1),
  g: () => {
    showNewest()
    moveBy(Number.NEGATIVE_INFINITY)
  },
  G: () => moveBy(Number.POSITIVE_INFINITY),
  l: () => go({ live: !view.value.live }),
  p: () => {
    if (tail.state.value.connection !== 'off') togglePause()
  },
  w: () => {
    wrapped.value = !wrapped.value
  },
  '?': () => {
    helpShown.value = true
  },
}

export function listenToKeys(): void {
  addEventListener('keydown', event => {
    const target = event.target as HTMLElement
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
    // Not what the page knows of it: that hears of its end a moment later.
    if (document.querySelector('dialog[open]')) return
    if (target.matches('input, textarea, select')) return
    const act = singleKeys.value ? LETTERS[event.key] : undefined
    const action = act ?? keyOfLines(event.key, target)
    if (!action) return
    event.preventDefault()
    action()
  })
}

function keyOfLines(key: string, target: HTMLElement): (() => void) | undefined {
  const { cursor } = target.dataset
  const free = target === document.body || target.id === 'records' || cursor !== undefined
  if (key === 'Escape' && view.value.record !== undefined) return close
  if (!free) return undefined
  if (key === 'ArrowDown') return () => moveBy(1)
  if (key === 'ArrowUp') return () => moveBy(-1)
  const chosen = cursor ?? current.value
  if ((key === 'Enter' || (key === ' ' && cursor)) && chosen !== undefined) return () => toggle(chosen)
  return undefined
}
