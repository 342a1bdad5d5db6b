import { useValue } from '../../lib/state.ts'
import { Text } from '../../lib/text.tsx'
import { amount } from '../figures.ts'
import { past } from '../parts.ts'
import { zone } from '../server.ts'

/** The chart for those who do not see it, or want the numbers. */
export function PastTable() {
  const { series, step } = useValue(past.state)
  const clock = zone()
  const { points = [], isRunning = false } = series[0] ?? {}
  const show = (count: number | null | undefined) => (typeof count === 'number' ? amount(count) : '–')
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by keys
    <section class="chart-table" aria-label="Table of the chart" tabIndex={0}>
      <table>
        <caption class="visually-hidden">Counts, a row is {step?.title}, the newest first</caption>
        <thead>
          <tr>
            <th scope="col">From</th>
            {series.flatMap(({ key, before }, index) => [
              <th key={key} scope="col">
                <span class={`swatch fill-${index}`} />
                <Text value={key} most={60} />
              </th>,
              before && (
                <th key={`${key} before`} scope="col">
                  before
                </th>
              ),
            ])}
          </tr>
        </thead>
        <tbody>
          {points
            .map(({ time }, index) => (
              <tr key={time}>
                <th scope="row">
                  {clock.dateTime(new Date(time)).slice(0, 16)}
                  {isRunning && index === points.length - 1 && <span class="quiet"> so far</span>}
                </th>
                {series.flatMap(({ key, points: own, before }) => [
                  <td key={key}>{show(own[index]?.count)}</td>,
                  before && <td key={`${key} before`}>{show(before[index])}</td>,
                ])}
              </tr>
            ))
            .reverse()}
        </tbody>
      </table>
    </section>
  )
}
