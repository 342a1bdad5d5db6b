import { useEffect, useRef, useState } from 'preact/hooks'
import { localInput, span } from '../lib/figures.ts'
import { useValue } from '../lib/state.ts'
import { PRESETS, presetOf, type Range } from './range.ts'
import { histogram, setRange, view } from './session.ts'

export function RangeBar() {
  const { range } = useValue(view)
  const chosen = presetOf(range)
  return (
    <nav class="ranges" aria-label="Time">
      <div class="segments">
        {PRESETS.map(({ label, title, from }) => (
          <button
            key={label}
            type="button"
            aria-pressed={chosen?.label === label}
            title={title}
            onClick={() => setRange({ from, to: undefined })}
          >
            {label}
          </button>
        ))}
      </div>
      <Absolute range={range} chosen={chosen === undefined} />
    </nav>
  )
}

function Absolute({ range, chosen }: { range: Range; chosen: boolean }) {
  const [shown, setShown] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  useEffect(() => setShown(false), [range])
  useEffect(() => {
    if (!shown) return
    const outside = (event: PointerEvent) => {
      if (!root.current!.contains(event.target as Node)) setShown(false)
    }
    addEventListener('pointerdown', outside)
    return () => removeEventListener('pointerdown', outside)
  }, [shown])
  const leave = (event: FocusEvent) => {
    const to = event.relatedTarget
    if (to instanceof Node && !root.current!.contains(to)) setShown(false)
  }
  const key = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !shown) return
    event.stopPropagation()
    setShown(false)
    root.current!.querySelector('button')!.focus()
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only hears of what its parts get
    <div class="absolute" ref={root} onFocusOut={leave} onKeyDown={key}>
      <button
        type="button"
        aria-expanded={shown}
        aria-pressed={chosen}
        title="From … to …"
        onClick={() => setShown(!shown)}
      >
        {chosen ? describe(range) : 'Custom'}
      </button>
      {shown && <Form range={range} />}
    </div>
  )
}

function describe({ from, to }: Range): string {
  const [start, end] = [dateOf(from), dateOf(to)]
  if (start && end) return span(start, end)
  return `${from === undefined ? '…' : start ? localInput(start).replace('T', ' ') : from} – ${
    to === undefined ? 'now' : end ? localInput(end).replace('T', ' ') : to
  }`
}

function dateOf(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined
  const date = new Date(/^\d+$/.test(text) ? Number(text) : text)
  return Number.isNaN(date.getTime()) || /^-/.test(text) ? undefined : date
}

function Form({ range }: { range: Range }) {
  const shown = histogram.state.value.shown
  const initial = (bound: string | undefined, other: string | undefined) => {
    const date = dateOf(bound) ?? dateOf(other)
    return date ? localInput(date) : ''
  }
  const apply = (event: SubmitEvent) => {
    event.preventDefault()
    const data = new FormData(event.currentTarget as HTMLFormElement)
    // Without an offset, a Date reads it as local time, as it was written.
    const bound = (name: string) => {
      const text = String(data.get(name))
      return text === '' ? undefined : new Date(text).toISOString()
    }
    setRange({ from: bound('from'), to: bound('to') })
  }
  return (
    <form class="popover" onSubmit={apply}>
      <label>
        From
        <input name="from" type="datetime-local" step="1" value={initial(range.from, shown?.from)} />
      </label>
      <label>
        <span>To (empty: now)</span>
        <input name="to" type="datetime-local" step="1" value={initial(range.to, undefined)} />
      </label>
      <button type="submit" class="primary">
        Show
      </button>
    </form>
  )
}
