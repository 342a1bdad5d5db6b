import { useState } from 'preact/hooks'
import { applyTheme, savedTheme, THEMES, type Theme } from './theme.ts'

const SIGNS: Record<Theme, string> = {
  auto: 'M8 1.5a6.5 6.5 0 1 0 0 13zM8 1.5a6.5 6.5 0 0 1 0 13',
  light:
    'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M3 13l1-1M12 4l1-1',
  dark: 'M13.5 9.7A6 6 0 0 1 6.3 2.5a6 6 0 1 0 7.2 7.2z',
}

export function ThemeSwitch() {
  const [theme, setTheme] = useState(savedTheme)
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]!
  const change = () => {
    applyTheme(next)
    setTheme(next)
  }
  const label = `Theme: ${theme}. Change to ${next}`
  return (
    <button type="button" class="icon" onClick={change} aria-label={label} title={label}>
      <svg viewBox="0 0 16 16" aria-hidden="true" class={`theme-${theme}`}>
        <path d={SIGNS[theme]} />
      </svg>
    </button>
  )
}
