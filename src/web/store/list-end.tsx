import { useEffect, useRef } from 'preact/hooks'
import { Failure } from '../lib/failure.tsx'
import { count, dateTime } from '../lib/figures.ts'
import { useValue } from '../lib/state.ts'
import { timeOfCursor } from './api.ts'
import { MOST_LINES } from './results.ts'
import { results, run, setRange, view } from './session.ts'

/** Below the last line: more of them, or why there are none. */
export function ListEnd() {
  const { lines, next, looking, failure } = useValue(results.state)
  const end = useRef<HTMLDivElement>(null)
  useEffect(() => {
    // Asked for before it is in sight, so that whoever scrolls need not wait.
    // What a slow frame has kept back comes together: out of sight, and in sight again.
    const came = (entries: readonly IntersectionObserverEntry[]) => {
      if (entries.some(entry => entry.isIntersecting)) results.more()
    }
    const observer = new IntersectionObserver(came, { rootMargin: '800px' })
    observer.observe(end.current!)
    return () => observer.disconnect()
    // After each page anew: an observer only tells changes, and it may still be in sight.
  }, [next])
  const last = lines.at(-1)
  return (
    <div class="list-end" ref={end}>
      {failure && failure.parameter !== 'q' && lines.length === 0 && (
        <Failure failure={failure} who="store" again={() => void run()} />
      )}
      {looking && next !== null && (
        <p class="quiet">Looking further back than {dateTime(timeOfCursor(next))} …</p>
      )}
      {!looking && next !== null && lines.length < MOST_LINES && (
        <button type="button" onClick={() => results.more()}>
          Load more
        </button>
      )}
      {next !== null && lines.length >= MOST_LINES && last && (
        <p>
          {count(lines.length)} lines are shown.{' '}
          <button
            type="button"
            onClick={() => {
              scrollTo({ top: 0 })
              setRange({ from: view.value.range.from, to: new Date(last.at.getTime() + 1).toISOString() })
            }}
          >
            Go on from {dateTime(last.at)}
          </button>
        </p>
      )}
      {!looking && next === null && lines.length > 0 && <p class="quiet">That is all.</p>}
    </div>
  )
}
