import { Failure } from '../lib/failure.tsx'
import { dateTime } from '../lib/figures.ts'
import { useValue } from '../lib/state.ts'
import { Text } from '../lib/text.tsx'
import { timeOfCursor } from './api.ts'
import { ALL, PRESETS, presetOf, type Range } from './range.ts'
import { go, panel, results, run, setRange, view } from './session.ts'

/** Instead of lines: what to do about it. */
export function Empty() {
  const { looking, failure, asked, next } = useValue(results.state)
  const about = useValue(panel.about)
  const { q, range } = asked!
  if (failure && failure.parameter !== 'q')
    return <Failure failure={failure} who="store" again={() => void run()} />
  if (looking && next === null) return <p class="empty quiet">Looking …</p>
  if (looking)
    return (
      <p class="empty quiet">
        Nothing yet. Still looking, now further back than {dateTime(timeOfCursor(next!))} …
      </p>
    )
  if (about?.records === 0) return <NothingYet />
  const wider = widened(range)
  return (
    <div class="empty">
      <h2>No record matches</h2>
      <p>
        {q === '' ? (
          'There is nothing'
        ) : (
          <>
            <code>
              <Text value={q} most={300} />
            </code>{' '}
            was not found
          </>
        )}{' '}
        in {nameOf(range)}.
        {about?.to && ` The newest record of the store is of ${dateTime(new Date(about.to))}.`}
      </p>
      <div class="choices">
        {wider.map(({ title, from }) => (
          <button key={title} type="button" onClick={() => setRange({ from, to: undefined })}>
            Search {title}
          </button>
        ))}
        {q !== '' && (
          <button type="button" onClick={() => go({ q: '' })}>
            Show everything
          </button>
        )}
      </div>
    </div>
  )
}

function NothingYet() {
  const { live } = useValue(view)
  return (
    <div class="empty">
      <h2>Nothing is stored yet</h2>
      <p>Send a first message, from a terminal on the machine that runs Sluice:</p>
      <pre>logger -n 127.0.0.1 -P 5514 -d hello</pre>
      <p class="quiet">
        {live
          ? 'It shows up here as soon as it is stored.'
          : 'Switch on Live, and it shows up here by itself.'}
      </p>
      {!live && (
        <button type="button" class="primary" onClick={() => go({ live: true })}>
          Live
        </button>
      )}
    </div>
  )
}

function nameOf(range: Range): string {
  const preset = presetOf(range)
  if (preset) return preset.title
  return `the time from ${range.from ?? 'the beginning'} to ${range.to ?? 'now'}`
}

/** The presets that are longer than this one. */
function widened(range: Range) {
  const preset = presetOf(range)
  if (preset?.from === ALL.from) return []
  return preset ? PRESETS.slice(PRESETS.indexOf(preset) + 1) : PRESETS.slice(-1)
}
