// What single keys do, wherever the focus is but in a place where one types.
import { singleKeys } from './settings.ts'

export type Letters = { readonly [key: string]: () => void }

/** `others` knows what keys that are no letters do, on what has the focus. */
export function listenToKeys(
  letters: Letters,
  others: (key: string, target: HTMLElement) => (() => void) | undefined,
): void {
  addEventListener('keydown', event => {
    const target = event.target as HTMLElement
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
    // Not what the page knows of it: that hears of its end a moment later.
    if (document.querySelector('dialog[open]')) return
    if (target.matches('input, textarea, select')) return
    const act = singleKeys.value ? letters[event.key] : undefined
    const action = act ?? others(event.key, target)
    if (!action) return
    event.preventDefault()
    action()
  })
}
