// How uPlot draws our bars: one colour for all records, another over it for the severe ones.
import uPlot from 'uplot'
import { clock, day, shortCount } from '../lib/figures.ts'

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

function axes(holder: HTMLElement): uPlot.Axis[] {
  const axis: uPlot.Axis = {
    stroke: colour(holder, 'axis'),
    grid: { stroke: colour(holder, 'grid'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  }
  const counts = (_plot: uPlot, ticks: number[]) => ticks.map(tick => (tick % 1 ? '' : shortCount(tick)))
  return [
    { ...axis, size: 22, grid: { show: false }, space: 70, values: timeLabels },
    { ...axis, size: 44, space: 26, values: counts },
  ]
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

/** Only as much of a time as tells the ticks apart; the day where it begins. */
function timeLabels(_plot: uPlot, ticks: number[], _axis: number, _space: number, step: number): string[] {
  return ticks.map(tick => {
    const at = new Date(tick)
    if (step >= 86_400_000) return day(at)
    if (step < 1000) return clock(at).slice(3)
    const time = clock(at, false)
    if (time === '00:00:00') return day(at)
    return step < 60_000 ? time : time.slice(0, 5)
  })
}

/** A canvas knows no custom properties: an element of this class says which colour the style sheet gives now. */
function colour(holder: HTMLElement, name: string): string {
  const probe = document.createElement('i')
  probe.className = `colour-${name}`
  holder.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}
