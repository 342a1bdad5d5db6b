// How uPlot draws our bars: one colour for all records, another over it for the severe ones.
import uPlot from 'uplot'
import { axes, colour } from '../lib/chart-look.ts'

export const HEIGHT = 92

interface Hooks {
  /** A brush was let go. */
  onSelect(plot: uPlot): void
  onPoint(plot: uPlot): void
  onDoubleClick(): void
}

export function barOptions(holder: HTMLElement, { onSelect, onPoint, onDoubleClick }: Hooks): uPlot.Options {
  return {
    width: holder.clientWidth,
    height: HEIGHT,
    ms: 1,
    padding: [6, 18, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: true, y: false, setScale: false },
      // A bar is pointed at over all of its width, not only near its start.
      dataIdx: (plot, _series, closest, at) =>
        closest > 0 && (plot.data[0][closest] ?? 0) > at ? closest - 1 : closest,
      bind: {
        dblclick: () => () => {
          onDoubleClick()
          return null
        },
      },
    },
    scales: { x: { time: true }, y: { range: (_plot, _min, max) => [0, Math.max(1, max)] } },
    axes: axes(holder),
    series: [{}, series(holder, 'all'), series(holder, 'severe')],
    hooks: { setSelect: [onSelect], setCursor: [onPoint] },
  }
}

function series(holder: HTMLElement, name: 'all' | 'severe'): uPlot.Series {
  return {
    fill: colour(holder, name),
    width: 0,
    // `align` 1: a bucket begins at its start.
    paths: uPlot.paths.bars!({ size: [0.92, 60], align: 1, gap: 1 }),
    points: { show: false },
  }
}
