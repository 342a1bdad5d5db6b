// Light, dark, or as the system is. The style sheet says `light-dark(…)`; an attribute of the root decides.

export const THEMES = ['auto', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const KEY = 'sluice.theme'

export function savedTheme(): Theme {
  const saved = read(KEY)
  return THEMES.find(theme => theme === saved) ?? 'auto'
}

export function applyTheme(theme: Theme): void {
  if (theme === 'auto') document.documentElement.removeAttribute('data-theme')
  else document.documentElement.dataset.theme = theme
  write(KEY, theme)
  for (const listener of listeners) listener()
}

const listeners = new Set<() => void>()

/** For what is painted on a canvas, which no style sheet reaches. */
export function onThemeChange(listener: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)')
  listeners.add(listener)
  system.addEventListener('change', listener)
  return () => {
    listeners.delete(listener)
    system.removeEventListener('change', listener)
  }
}

/** localStorage may be forbidden, and then throws: the page works without it. */
export function read(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined
  } catch {
    return undefined
  }
}

export function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    // Then it holds until the page is closed.
  }
}
