import { Failure, meaning } from '../lib/failure.tsx'
import { count, counted } from '../lib/figures.ts'
import { useValue } from '../lib/state.ts'
import { exportAddress } from './api.ts'
import { showNewest } from './selection.ts'
import { go, results, run, tail, view } from './session.ts'
import { filtersShown, wrapped } from './settings.ts'

/** Above the lines: how many they are, and what to do with all of them. */
export function ListBar() {
  const { q, range } = useValue(view)
  const wraps = useValue(wrapped)
  const filters = useValue(filtersShown)
  return (
    <div class="list-bar">
      <LiveSwitch />
      <Counts />
      <span class="grow" />
      <button
        type="button"
        class="unfold"
        aria-expanded={filters}
        onClick={() => {
          filtersShown.value = !filters
        }}
      >
        Filters
      </button>
      <button
        type="button"
        aria-pressed={wraps}
        onClick={() => (wrapped.value = !wraps)}
        title="Wrap long lines (w)"
      >
        Wrap
      </button>
      <a
        class="button"
        href={exportAddress({ q, range })}
        download="records.ndjson"
        title="All of these records as NDJSON"
      >
        Export
      </a>
      <TailNotices />
    </div>
  )
}

function LiveSwitch() {
  const { live } = useValue(view)
  const { connection } = useValue(tail.state)
  const { held } = useValue(tail.incoming.state)
  const paused = held.has('paused')
  const state = connection === 'live' && paused ? 'paused' : connection
  return (
    <div class={`watch ${live ? state : 'off'}`}>
      <button
        type="button"
        role="switch"
        aria-checked={live}
        onClick={() => go({ live: !live })}
        title="Watch (l)"
      >
        <span class="dot" aria-hidden="true" />
        {live ? WORDS[state] : 'Live'}
      </button>
      {live && (
        <button type="button" aria-pressed={paused} onClick={togglePause} title="Hold new lines back (p)">
          {paused ? 'Go on' : 'Pause'}
        </button>
      )}
    </div>
  )
}

const WORDS = {
  off: 'Live',
  connecting: 'Connecting',
  live: 'Live',
  reconnecting: 'Reconnecting',
  paused: 'Paused',
}

export function togglePause(): void {
  tail.hold('paused', !tail.incoming.state.value.held.has('paused'))
}

function Counts() {
  const { asked, lines, looking, next, took } = useValue(results.state)
  const { connection } = useValue(tail.state)
  const more = next === null ? '' : '+'
  return (
    <p class="counts" role="status">
      {looking
        ? 'Looking …'
        : asked && (
            <>
              {count(lines.length)}
              {more} {lines.length === 1 ? 'line' : 'lines'}
              {connection === 'off' && lines.length > 0 && (
                <span class="took"> in {Math.round(took)} ms</span>
              )}
            </>
          )}
    </p>
  )
}

function TailNotices() {
  const { connection, gap, failure } = useValue(tail.state)
  const { waiting, held, missed } = useValue(tail.incoming.state)
  const { failure: failed, lines } = useValue(results.state)
  const release = () => {
    tail.hold('paused', false)
    showNewest()
  }
  return (
    <>
      {failed && failed.parameter !== 'q' && lines.length > 0 && (
        <Failure failure={failed} who="store" again={() => void run()} />
      )}
      {connection !== 'off' && waiting > 0 && held.size > 0 && (
        <button type="button" class="primary waiting" onClick={release}>
          {count(waiting)} new
        </button>
      )}
      <p class="visually-hidden" role="status">
        {connection === 'live' ? 'Live' : connection === 'reconnecting' ? 'Reconnecting' : ''}
      </p>
      {connection === 'reconnecting' && failure && (
        <p class="hint">{meaning(failure.status, 'store')} Trying again …</p>
      )}
      {(missed > 0 || gap) && (
        <p class="hint">
          {missed > 0
            ? `${counted(missed, 'record')} came too fast to be shown here; a search finds them. `
            : 'The store was away for a while: what came meanwhile is found by a search. '}
          <button type="button" onClick={() => tail.forgetMissed()}>
            Dismiss
          </button>
        </p>
      )}
    </>
  )
}
