// What uPlot does of the moving chart: scales, axes and the cursor. The columns are drawn by Paint.
import type uPlot from 'uplot'
import { axes } from '../lib/chart-look.ts'
import type { Zone } from '../lib/zone.ts'

export const sizeOf = ({ clientWidth, clientHeight }: HTMLElement): { width: number; height: number } => ({
  width: clientWidth,
  height: clientHeight,
})

export function plotOptions(holder: HTMLElement, zone: Zone, hooks: uPlot.Hooks.Arrays): uPlot.Options {
  return {
    ...sizeOf(holder),
    ms: 1,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: false, y: false },
      // A column is pointed at over all of its width, not only near its start.
      dataIdx: (plot, _series, closest, at) =>
        closest > 0 && (plot.data[0][closest] ?? 0) > at ? closest - 1 : closest,
    },
    scales: { x: { time: true, auto: false }, y: { auto: false } },
    axes: movingAxes(holder, zone),
    // We draw the columns.
    series: [{}, { paths: () => null, points: { show: false } }],
    hooks,
  }
}

/** Pixels. */
const HALF_LABEL = 22

/** A label at the right edge, where it has just begun, would be cut off. */
function movingAxes(holder: HTMLElement, zone: Zone): uPlot.Axis[] {
  const [time, counts] = axes(holder, zone, 36)
  const labels = time!.values as uPlot.Axis.DynamicValues
  const values: uPlot.Axis.DynamicValues = (plot, ticks, ...more) =>
    labels(plot, ticks, ...more).map((label, index) =>
      plot.valToPos(ticks[index]!, 'x') > plot.over.clientWidth - HALF_LABEL ? '' : label,
    )
  return [{ ...time!, values }, counts!]
}
