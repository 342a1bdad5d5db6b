// The last events, the newest on top.
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { count, counted } from '../lib/figures.ts'
import { useValue } from '../lib/state.ts'
import { Empty } from './empty.tsx'
import { EventRow } from './event-row.tsx'
import { beats, colourField, colours, events, open, opened, topField, view } from './parts.ts'
import { current, showNewest, toggle } from './selection.ts'
import { about } from './server.ts'

export function EventList() {
  return (
    <main id="events" aria-label="Last events" tabIndex={-1}>
      <Bar />
      <Lines />
    </main>
  )
}

function Bar() {
  const { waiting, held, missed } = useValue(events.incoming.state)
  return (
    <div class="list-bar">
      <h2>Last events</h2>
      {waiting > 0 && held.size > 0 && (
        <button
          type="button"
          class="primary waiting"
          onClick={event => {
            showNewest()
            keepFocus(event.currentTarget)
          }}
        >
          {count(waiting)} new
        </button>
      )}
      {missed > 0 && (
        <p class="hint">
          {counted(missed, 'event')} came too fast for this connection.{' '}
          <button
            type="button"
            onClick={event => {
              events.incoming.forgetMissed()
              keepFocus(event.currentTarget)
            }}
          >
            Dismiss
          </button>
        </p>
      )}
    </div>
  )
}

/** The button goes, and the focus would with it: it goes on with the events. */
function keepFocus(button: HTMLElement): void {
  if (document.activeElement === button) document.getElementById('events')!.focus({ preventScroll: true })
}

function Lines() {
  const lines = useValue(events.lines)
  const shown = useValue(opened)
  const selected = useValue(current)
  useValue(view)
  useValue(about)
  useValue(beats)
  const list = useRef<HTMLOListElement>(null)
  useHoldWhileScrolled(list)
  const { values } = colours
  // The same function as long as the colours are the same: then no line has to be drawn again.
  const colourOf = useMemo(() => {
    const known = new Map(values.map((value, index) => [value, String(index)]))
    return (value: string) => known.get(value) ?? 'others'
  }, [values])
  if (lines.length === 0) return <Empty />
  // One line can always be reached by Tab; the arrow keys lead to the others.
  const reachable = lines.some(({ number }) => number === selected) ? selected : lines[0]!.number
  const [byField, top] = [colourField(), topField()]
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys.ts has them
    <ol ref={list} class="lines" onClick={click}>
      {lines.map(line => (
        <EventRow
          key={line.number}
          line={line}
          colourField={byField}
          topField={top}
          colourOf={colourOf}
          open={line.number === shown}
          reachable={line.number === reachable}
        />
      ))}
    </ol>
  )
}

/** One listener for all lines. Whoever selects text does not want to open anything. */
function click(event: MouseEvent): void {
  const summary = (event.target as Element).closest<HTMLElement>('.summary')
  if (!summary || getSelection()?.type === 'Range') return
  toggle(Number(summary.dataset.number))
}

/** While the first line is out of sight, what comes in would move what is being read. */
function useHoldWhileScrolled(list: { current: HTMLOListElement | null }): void {
  useEffect(() => {
    const look = () => {
      const bar = document.querySelector('.list-bar')
      if (!bar || !list.current) return
      const isPast = list.current.getBoundingClientRect().top < bar.getBoundingClientRect().bottom - 12
      events.incoming.hold('scrolled', isPast)
    }
    addEventListener('scroll', look, { passive: true })
    return () => {
      removeEventListener('scroll', look)
      events.incoming.hold('scrolled', false)
      open(undefined)
    }
  }, [])
}
