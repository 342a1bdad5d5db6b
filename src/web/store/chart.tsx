// The histogram: an overview, and by dragging, buttons or keys a way to a narrower time.
import { useEffect, useRef, useState } from 'preact/hooks'
import { count, duration, span } from '../lib/figures.ts'
import { useValue } from '../lib/state.ts'
import { onThemeChange } from '../lib/theme.ts'
import type { Histogram } from './api.ts'
import { Bars } from './bars.ts'
import { ChartTable } from './chart-table.tsx'
import { type Interval, rangeOf, shift, zoom } from './range.ts'
import { RangeBar } from './range-bar.tsx'
import { histogram, panel, setRange } from './session.ts'

export function Chart() {
  const { shown, looking, failure } = useValue(histogram.state)
  const [pointed, setPointed] = useState<number | undefined>(undefined)
  const holder = useRef<HTMLDivElement>(null)
  const bars = useRef<Bars>(undefined)

  useEffect(() => {
    const made = new Bars(holder.current!, {
      onPoint: setPointed,
      onSelect: interval => setRange(rangeOf(interval)),
      onDoubleClick: () => move('out'),
    })
    bars.current = made
    const quiet = onThemeChange(() => made.paint())
    return () => {
      quiet()
      made.destroy()
    }
  }, [])
  useEffect(() => {
    if (shown) bars.current!.show(shown)
  }, [shown])

  const key = (event: KeyboardEvent) => {
    const action = KEYS[event.key]
    if (event.ctrlKey || event.metaKey || event.altKey || !action) return
    event.preventDefault()
    event.stopPropagation()
    if (action === 'left' || action === 'right')
      bars.current!.walk(action === 'left' ? -1 : 1, event.shiftKey)
    else if (action === 'choose') bars.current!.choose()
    else if (action === 'leave') bars.current!.leave()
    else move(action)
  }

  return (
    <section class="histogram" aria-label="Records over time">
      <div class="caption">
        <RangeBar />
        <Legend shown={shown} pointed={pointed} looking={looking} failed={failure !== undefined} />
        <Buttons />
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form */}
      <div
        ref={holder}
        class="bars"
        role="group"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it takes keys, as its label says
        tabIndex={0}
        aria-label="Chart. Arrow keys choose a bar, with Shift several; Enter shows their time, plus and minus zoom."
        onKeyDown={key}
      />
      {shown && <ChartTable histogram={shown} />}
    </section>
  )
}

type Move = 'in' | 'out' | 'earlier' | 'later'

const KEYS: { [key: string]: Move | 'left' | 'right' | 'choose' | 'leave' | undefined } = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  Enter: 'choose',
  Escape: 'leave',
  '+': 'in',
  '-': 'out',
  PageUp: 'earlier',
  PageDown: 'later',
}

function move(how: Move): void {
  const { shown } = histogram.state.value
  if (!shown) return
  const interval: Interval = { from: Date.parse(shown.from), to: Date.parse(shown.to) }
  const now = Date.parse(panel.about.value?.now ?? '') || Date.now()
  if (how === 'in' || how === 'out') setRange(zoom(interval, how === 'in' ? 0.5 : 2, now))
  else setRange(shift(interval, how === 'earlier' ? -0.5 : 0.5, now))
}

function Buttons() {
  return (
    <div class="segments small">
      <button type="button" onClick={() => move('earlier')} aria-label="Earlier" title="Earlier">
        ‹
      </button>
      <button type="button" onClick={() => move('out')} aria-label="Zoom out" title="Zoom out (double click)">
        −
      </button>
      <button type="button" onClick={() => move('in')} aria-label="Zoom in" title="Zoom in">
        +
      </button>
      <button type="button" onClick={() => move('later')} aria-label="Later" title="Later">
        ›
      </button>
    </div>
  )
}

interface LegendProperties {
  shown: Histogram | undefined
  /** The start of the bar that is pointed at. */
  pointed: number | undefined
  looking: boolean
  failed: boolean
}

function Legend({ shown, pointed, looking, failed }: LegendProperties) {
  if (!shown) return <p>{failed ? 'Not counted: the store does not answer.' : looking ? 'Counting …' : ''}</p>
  const bucket = shown.buckets.find(([start]) => start === pointed)
  const [records, severe] =
    pointed === undefined ? [shown.total, shown.severe] : [bucket?.[1] ?? 0, bucket?.[2] ?? 0]
  const time =
    pointed === undefined
      ? span(new Date(shown.from), new Date(shown.to))
      : span(new Date(pointed), new Date(pointed + shown.step))
  return (
    <p aria-live={pointed === undefined ? 'off' : 'polite'}>
      <span class="swatch all" />
      <b class="total">{count(records)}</b> <span class="noun">{records === 1 ? 'record' : 'records'}</span>
      <span class="swatch severe" />
      <b>{count(severe)}</b> err or worse
      <span class="time">{time}</span>
      {pointed === undefined && <span class="step">{barText(shown.step)}</span>}
      {looking && <span class="looking">counting …</span>}
    </p>
  )
}

const barText = (step: number) => `a bar is ${duration(step)}`
