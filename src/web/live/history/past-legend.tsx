import { useValue } from '../../lib/state.ts'
import { Text } from '../../lib/text.tsx'
import { amount } from '../figures.ts'
import { past, view } from '../parts.ts'
import { zone } from '../server.ts'
import { go } from '../session.ts'
import type { Series } from './past.ts'
import type { Step } from './span.ts'
import { figureOf } from './sums.ts'

/** What the colours mean, and how much it was: in all, or at the point that is pointed at. */
export function PastLegend({ pointed }: { pointed: number | undefined }) {
  const { series, interval, step } = useValue(past.state)
  const { keys } = useValue(view)
  if (series.length === 0 || !interval || !step) return <p class="past-legend quiet">Counting …</p>
  const clock = zone()
  const time = pointed === undefined ? undefined : series[0]?.points[pointed]?.time
  const text = (at: number) => clock.dateTime(new Date(at)).slice(0, 16)
  return (
    <div class="past-legend">
      <p class="quiet" aria-live={time === undefined ? 'off' : 'polite'}>
        {time === undefined ? (
          <>
            {text(Date.parse(series[0]!.points[0]?.time ?? '') || interval.from)} – {text(interval.to)}
            <span class="step">{wordsOf(step, series)}</span>
          </>
        ) : (
          <b>{text(Date.parse(time))}</b>
        )}
      </p>
      <ul aria-label="Keys that are shown">
        {series.map((each, index) => (
          <Item key={each.key} series={each} index={index} pointed={pointed} keys={keys} />
        ))}
      </ul>
    </div>
  )
}

function wordsOf({ title }: Step, series: readonly Series[]): string {
  const words = `a point is ${title}`
  if (!series.some(({ isRunning }) => isRunning)) return words
  const left = series.some(({ before }) => before) ? ', and not in the sums' : ''
  return `${words}; the last one, faint, is not over${left}`
}

interface Properties {
  series: Series
  index: number
  pointed: number | undefined
  keys: readonly string[]
}

function Item({ series, index, pointed, keys }: Properties) {
  const { value, before, word, isRunning } = figureOf(series, pointed)
  return (
    <li>
      <span class={`swatch fill-${index}`} />
      <span class="name">
        <Text value={series.key} most={80} />
      </span>
      <b>{value === null ? 'not kept' : amount(value)}</b>
      {word !== '' && <span class="quiet">{word}</span>}
      {before !== undefined && before !== null && (
        <span class="quiet">
          before {amount(before)}
          {value !== null && before > 0 && !isRunning && ` (${change(value, before)})`}
        </span>
      )}
      <button
        type="button"
        class="icon"
        aria-label={`Take ${series.key} out of the chart`}
        onClick={() => {
          go({ keys: keys.filter(key => key !== series.key) })
          // This button goes, and the focus would with it.
          document.getElementById('past')?.focus()
        }}
      >
        ×
      </button>
    </li>
  )
}

function change(value: number, before: number): string {
  const percent = Math.round((value / before - 1) * 100)
  return `${percent > 0 ? '+' : percent < 0 ? '−' : '±'}${Math.abs(percent)} %`
}
