import { Brand } from '../lib/brand.tsx'
import { cut, visible } from '../lib/hostile.ts'
import { useValue } from '../lib/state.ts'
import { ThemeSwitch } from '../lib/theme-switch.tsx'
import type { About } from './api.ts'
import { events, rates, view } from './parts.ts'
import { pausedAt, togglePause } from './pause.ts'
import { QueryBox } from './query-box.tsx'
import { about } from './server.ts'
import { go } from './session.ts'

export function Header() {
  const known = useValue(about)
  const { shown } = useValue(view)
  return (
    <header class="top">
      <Brand name={known ? nameOf(known) : 'Sluice'} />
      {known?.kind === 'count' && (
        <nav class="segments views" aria-label="Views">
          {(['live', 'history'] as const).map(each => (
            <button
              key={each}
              type="button"
              aria-current={shown === each ? 'page' : undefined}
              onClick={() => go({ shown: each })}
            >
              {each === 'live' ? 'Live' : 'History'}
            </button>
          ))}
        </nav>
      )}
      {shown === 'live' ? <QueryBox /> : <span class="grow" />}
      {shown === 'live' && <Watch />}
      <ThemeSwitch />
    </header>
  )
}

/** A name that was given; one that says no more than what it is and its process, not. */
const nameOf = ({ kind, name }: About): string =>
  /^\w+-\d+$/.test(name) ? `Sluice ${kind}` : visible(cut(name, 40))

const WORDS = {
  connecting: 'Connecting',
  live: 'Live',
  reconnecting: 'Reconnecting',
  refused: 'Stopped',
  paused: 'Paused',
}

function Watch() {
  const { connection } = useValue(rates.state)
  const connected = useValue(events.connected)
  const paused = useValue(pausedAt) !== undefined
  const both = connection === 'live' && !connected ? 'connecting' : connection
  const state = both === 'live' && paused ? 'paused' : both
  return (
    <div class={`watch ${state === 'refused' ? 'reconnecting' : state}`}>
      <button
        type="button"
        aria-pressed={paused}
        aria-label={`${WORDS[state]}. ${paused ? 'Go on' : 'Pause'}`}
        title={paused ? 'Go on (space)' : 'Pause (space)'}
        onClick={togglePause}
      >
        <span class="dot" aria-hidden="true" />
        <span class="state">{WORDS[state]}</span>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d={paused ? 'M5 3.5v9l7-4.5z' : 'M5.5 3.5v9M10.5 3.5v9'} />
        </svg>
      </button>
      <p class="visually-hidden" role="status">
        {WORDS[state]}
      </p>
    </div>
  )
}
