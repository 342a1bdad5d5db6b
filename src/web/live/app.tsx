// The page of sluice-hub and sluice-count: events as they come, and how many there were.
import { render } from 'preact'
import { applyTheme, savedTheme } from '../lib/theme.ts'
import { listen } from './keys.ts'
import { Page } from './page.tsx'
import { start } from './session.ts'

applyTheme(savedTheme())
// The head blocks the first picture until this has run, so that a saved theme does not flash.
function mount(): void {
  render(<Page />, document.getElementById('app')!)
  start()
  listen()
}

if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', mount)
else mount()
