import { helpShown } from '../lib/help.tsx'
import { type Letters, listenToKeys } from '../lib/keys.ts'
import { open, opened, view } from './parts.ts'
import { togglePause } from './pause.ts'
import { saying } from './say-rate.tsx'
import { current, moveBy, showNewest, toggle } from './selection.ts'
import { about } from './server.ts'
import { go } from './session.ts'

const isLive = () => view.value.shown === 'live'

const LETTERS: Letters = {
  '/': () => document.getElementById(isLive() ? 'query' : 'key-search')?.focus(),
  t: () => document.getElementById('topic')?.focus(),
  j: () => isLive() && moveBy(1),
  k: () => isLive() && moveBy(-1),
  g: () => {
    if (!isLive()) return
    showNewest()
    moveBy(Number.NEGATIVE_INFINITY)
  },
  G: () => isLive() && moveBy(Number.POSITIVE_INFINITY),
  p: () => isLive() && togglePause(),
  s: () => {
    saying.value = !saying.value
  },
  h: () => {
    if (about.value?.kind === 'count') go({ shown: isLive() ? 'history' : 'live' })
  },
  '?': () => {
    helpShown.value = true
  },
}

export const listen = () => listenToKeys(LETTERS, others)

function others(key: string, target: HTMLElement): (() => void) | undefined {
  if (!isLive()) return undefined
  const { number } = target.dataset
  const free = target === document.body || target.id === 'events' || number !== undefined
  if (key === 'Escape' && opened.value !== undefined) return closeOpened
  if (!free) return undefined
  if (key === 'ArrowDown') return () => moveBy(1)
  if (key === 'ArrowUp') return () => moveBy(-1)
  // On a button, as an event is one, it presses that.
  if (key === ' ' && number === undefined) return togglePause
  const chosen = number === undefined ? current.value : Number(number)
  if ((key === 'Enter' || key === ' ') && chosen !== undefined) return () => toggle(chosen)
  return undefined
}

function closeOpened(): void {
  const number = opened.value
  open(undefined)
  document.getElementById(`event-${number}`)?.focus()
}
