// How the counts went: over an hour, a day, years.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { Failure } from '../../lib/failure.tsx'
import { useValue } from '../../lib/state.ts'
import { onThemeChange } from '../../lib/theme.ts'
import { past, view } from '../parts.ts'
import { about, zone } from '../server.ts'
import { go, refreshPast, showPast } from '../session.ts'
import { EmptyPast } from './empty-past.tsx'
import { KeyList } from './key-list.tsx'
import { PastLegend } from './past-legend.tsx'
import { PastPlot } from './past-plot.ts'
import { PastTable } from './past-table.tsx'
import { SpanBar } from './span-bar.tsx'

/** Milliseconds between two looks at counts that go on. */
const EVERY = 15_000

export function HistoryView() {
  const shown = useValue(view)
  const { series, failure, looking } = useValue(past.state)
  const { failure: unlisted } = useValue(past.keys)
  const [table, setTable] = useState(false)
  const [pointed, setPointed] = useState<number | undefined>(undefined)
  const broken = failure ?? unlisted
  const isPointing = useRef(false)
  isPointing.current = pointed !== undefined
  useEffect(() => {
    const look = () => {
      // A new chart would take away what somebody reads.
      if (!document.hidden && !isPointing.current) refreshPast()
    }
    const timer = setInterval(look, EVERY)
    document.addEventListener('visibilitychange', look)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', look)
    }
  }, [])
  useEffect(() => setPointed(undefined), [series])
  return (
    <div class="columns past">
      <KeyList />
      <main id="past" aria-label="History" tabIndex={-1} aria-busy={looking}>
        <div class="controls">
          <SpanBar />
          <span class="grow" />
          <button
            type="button"
            aria-pressed={shown.compare}
            title="With the time before, as a faint line"
            onClick={() => go({ compare: !shown.compare })}
          >
            Compare
          </button>
          <button
            type="button"
            aria-pressed={table}
            title="The same as a table"
            onClick={() => setTable(!table)}
          >
            Table
          </button>
        </div>
        {broken && <Failure failure={broken} who="counter" again={() => showPast()} />}
        {shown.keys.length === 0 ? (
          <EmptyPast />
        ) : (
          <>
            <PastLegend pointed={pointed} />
            {table ? <PastTable /> : <Plot onPoint={setPointed} />}
          </>
        )}
      </main>
    </div>
  )
}

function Plot({ onPoint }: { onPoint: (index: number | undefined) => void }) {
  const { series, interval, step } = useValue(past.state)
  const known = useValue(about)
  const holder = useRef<HTMLDivElement>(null)
  const plot = useRef<PastPlot>(undefined)
  const clock = useMemo(zone, [known])
  useEffect(() => {
    const made = new PastPlot(holder.current!, onPoint)
    plot.current = made
    const quiet = onThemeChange(() => made.paint())
    return () => {
      quiet()
      made.destroy()
    }
  }, [])
  useEffect(() => {
    if (series.length > 0) plot.current!.show({ series, interval, step }, clock)
  }, [series, clock])
  const key = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === 'ArrowLeft') plot.current!.walk(-1)
    else if (event.key === 'ArrowRight') plot.current!.walk(1)
    else if (event.key === 'Escape') plot.current!.leave()
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form
    <div
      ref={holder}
      class="plot"
      role="group"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it takes keys, as its label says
      tabIndex={0}
      aria-label="Chart. Arrow keys choose a point, whose values are told above; Escape leaves it."
      onKeyDown={key}
      onBlur={() => plot.current?.leave()}
    />
  )
}
