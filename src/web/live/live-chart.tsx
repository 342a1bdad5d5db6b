// Events per second, moving, in the colours of the values of a field.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { useValue } from '../lib/state.ts'
import { onThemeChange } from '../lib/theme.ts'
import { ChartTable } from './chart-table.tsx'
import { FieldChoice } from './field-choice.tsx'
import { rateText, secondsOf } from './figures.ts'
import { Legend } from './legend.tsx'
import { LivePlot } from './live-plot.ts'
import { Numbers } from './numbers.tsx'
import { colourField, hidden, view } from './parts.ts'
import { pausedAt } from './pause.ts'
import { SayRate } from './say-rate.tsx'
import { about, zone } from './server.ts'
import { go } from './session.ts'
import type { Column } from './stack.ts'
import { Topics } from './topics.tsx'
import { WINDOWS } from './view.ts'

const NAMES = { '2m': '2 min', '5m': '5 min', '15m': '15 min' }

export function LiveChart() {
  const { window, by } = useValue(view)
  const known = useValue(about)
  const [table, setTable] = useState(false)
  const [pointed, setPointed] = useState<Column | undefined>(undefined)
  return (
    <section class="live-chart" aria-label="Events per second">
      <div class="controls">
        <div class="segments windows">
          {WINDOWS.map(each => (
            <button
              key={each}
              type="button"
              aria-pressed={each === window}
              title={`The last ${NAMES[each].replace('min', 'minutes')}`}
              onClick={() => go({ window: each })}
            >
              {NAMES[each]}
            </button>
          ))}
        </div>
        <Topics />
        <span class="grow" />
        <FieldChoice
          label="Colour by"
          value={known ? colourField() : by}
          onChange={field => go({ by: field })}
        />
        <button
          type="button"
          aria-pressed={table}
          title="The same as a table"
          onClick={() => {
            setPointed(undefined)
            setTable(!table)
          }}
        >
          Table
        </button>
      </div>
      <Numbers />
      {table ? <ChartTable /> : <Plot onPoint={setPointed} />}
      <Legend pointed={pointed} />
      <SayRate />
    </section>
  )
}

function Plot({ onPoint }: { onPoint: (column: Column | undefined) => void }) {
  const { window } = useValue(view)
  const known = useValue(about)
  const paused = useValue(pausedAt)
  const notShown = useValue(hidden)
  const holder = useRef<HTMLDivElement>(null)
  const plot = useRef<LivePlot>(undefined)
  const clock = useMemo(zone, [known])
  const [said, say] = useState('')
  useEffect(() => {
    const made = new LivePlot(holder.current!, clock, onPoint)
    plot.current = made
    const quiet = onThemeChange(() => made.paint())
    const seen = () => made.redraw()
    document.addEventListener('visibilitychange', seen)
    return () => {
      document.removeEventListener('visibilitychange', seen)
      quiet()
      made.destroy()
    }
  }, [])
  useEffect(() => plot.current!.show(secondsOf(window), clock), [window, clock])
  useEffect(() => plot.current!.redraw(), [paused, notShown])
  const leave = () => {
    plot.current?.leave()
    say('')
  }
  const key = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === 'ArrowLeft') say(sentenceOf(plot.current!.walk(-1)))
    else if (event.key === 'ArrowRight') say(sentenceOf(plot.current!.walk(1)))
    else if (event.key === 'Escape') leave()
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form */}
      <div
        ref={holder}
        class="plot"
        role="group"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it takes keys, as its label says
        tabIndex={0}
        aria-label="Chart. Arrow keys choose a column, whose values are told below; Escape leaves it."
        onKeyDown={key}
        onBlur={leave}
      />
      {/* Only at a key: the columns move below a mouse that rests, and the last one grows. */}
      <p class="visually-hidden" role="status">
        {said}
      </p>
    </>
  )
}

function sentenceOf(column: Column | undefined): string {
  if (column?.rate === undefined) return ''
  return `${zone().clock(new Date(column.start * 1000), false)}: ${rateText(column.rate)} per second`
}
