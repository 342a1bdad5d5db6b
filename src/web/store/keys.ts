import { helpShown } from '../lib/help.tsx'
import { type Letters, listenToKeys } from '../lib/keys.ts'
import { togglePause } from './list-bar.tsx'
import { close, moveBy, showNewest, toggle } from './selection.ts'
import { current, go, tail, view } from './session.ts'
import { wrapped } from './settings.ts'

const LETTERS: Letters = {
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

export const listen = () => listenToKeys(LETTERS, keyOfLines)

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
