import { useValue } from '../lib/state.ts'
import { Text } from '../lib/text.tsx'
import { rateText, secondsOf, valueName } from './figures.ts'
import { beats, COLOURS, colourField, colours, hidden, view } from './parts.ts'
import { shown, shownNow } from './pause.ts'
import { zone } from './server.ts'
import { columnsOf } from './stack.ts'

/** Rows: more of them nobody reads while they move. */
const ROWS = 12

/** The chart for those who do not see it, or want the numbers. */
export function ChartTable() {
  useValue(beats)
  const off = useValue(hidden)
  const { window } = useValue(view)
  const length = secondsOf(window)
  const step = length / ROWS
  const values = Array.from({ length: COLOURS }, (_, index) => colours.values[index])
  const wanted = { field: colourField(), values, hidden: off }
  const { slots } = shown()
  const rows = columnsOf(slots, { length, step }, shownNow() / 1000, wanted)
    .filter(({ rate }) => rate !== undefined)
    .reverse()
  const columns = values.flatMap((value, index) => (value === undefined ? [] : [{ value, index }]))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by keys
    <section class="chart-table" aria-label="Table of the chart" tabIndex={0}>
      <table>
        <caption class="visually-hidden">
          Events per second, {step} seconds a row, the newest first, by {colourField()}
        </caption>
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col">All</th>
            {columns.map(({ value, index }) => (
              <th key={value} scope="col">
                <span class={`swatch fill-${index}`} />
                <Text value={valueName(value)} most={40} />
              </th>
            ))}
            <th scope="col">
              <span class="swatch fill-others" />
              others
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ start, rate, parts }) => (
            <tr key={start}>
              <th scope="row">
                {zone().clock(new Date(start * 1000), false)}
                {start + step > slots.last && <span class="quiet"> so far</span>}
              </th>
              <td>{rateText(rate!)}</td>
              {columns.map(({ value, index }) => (
                <td key={value}>{rateText(parts[index]!)}</td>
              ))}
              <td>{rateText(parts.at(-1)!)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
