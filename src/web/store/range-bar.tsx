import { localInput, span } from '../lib/figures.ts'
import { Popover } from '../lib/popover.tsx'
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
      <Popover
        label={chosen ? 'Custom' : describe(range)}
        title="From … to …"
        pressed={!chosen}
        until={range}
      >
        {() => <Form range={range} />}
      </Popover>
    </nav>
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
