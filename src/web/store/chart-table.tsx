import { dateTime } from '../lib/figures.ts'
import type { Histogram } from './api.ts'

/** The histogram for those who do not see it. */
export function ChartTable({ histogram: { buckets, step } }: { histogram: Histogram }) {
  return (
    <div class="visually-hidden">
      <table>
        <caption>Records over time, {step / 1000} seconds a row; times without records are left out</caption>
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col">Records</th>
            <th scope="col">err or worse</th>
          </tr>
        </thead>
        <tbody>
          {buckets.map(([start, records, severe]) => (
            <tr key={start}>
              <th scope="row">{dateTime(new Date(start))}</th>
              <td>{records}</td>
              <td>{severe}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
