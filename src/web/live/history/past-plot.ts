// Counts over a longer time: columns of one key, lines of several, and faintly how it went the time before.
import uPlot from 'uplot'
import { axes, colour } from '../../lib/chart-look.ts'
import type { Zone } from '../../lib/zone.ts'
import { roundUp } from '../stack.ts'
import type { PastState } from './past.ts'
import { inOrder, rowsOf } from './past-rows.ts'

/** The parts of a state that are drawn. */
export type Drawn = Required<Pick<PastState, 'series' | 'interval' | 'step'>>

export class PastPlot {
  readonly #holder: HTMLElement
  readonly #onPoint: (index: number | undefined) => void
  readonly #resized: ResizeObserver
  #shown: { drawn: Drawn; zone: Zone } | undefined
  #plot: uPlot | undefined
  #chosen: number | undefined

  constructor(holder: HTMLElement, onPoint: (index: number | undefined) => void) {
    this.#holder = holder
    this.#onPoint = onPoint
    this.#resized = new ResizeObserver(() => {
      if (this.#plot && holder.clientWidth > 0)
        this.#plot.setSize({ width: holder.clientWidth, height: holder.clientHeight })
    })
    this.#resized.observe(holder)
  }

  show(drawn: Drawn, zone: Zone): void {
    this.#shown = { drawn, zone }
    this.#chosen = undefined
    this.paint()
  }

  paint(): void {
    this.#plot?.destroy()
    this.#plot = undefined
    if (!this.#shown) return
    const { series, step } = this.#shown.drawn
    this.#plot = new uPlot(this.#options(), rowsOf(series, step!), this.#holder)
  }

  destroy(): void {
    this.#resized.disconnect()
    this.#plot?.destroy()
    this.#plot = undefined
  }

  #options(): uPlot.Options {
    const { drawn, zone } = this.#shown!
    const { series, interval } = drawn
    const compared = series.flatMap((each, index) => (each.before ? [index] : []))
    const isOne = series.length === 1
    return {
      width: this.#holder.clientWidth,
      height: this.#holder.clientHeight,
      ms: 1,
      padding: [10, 22, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        points: { show: !isOne },
        drag: { x: false, y: false },
        ...(isOne && {
          dataIdx: (plot: uPlot, _series: number, closest: number, at: number) =>
            Math.min(closest - ((plot.data[0][closest] ?? 0) > at ? 1 : 0), plot.data[0].length - 2),
        }),
      },
      scales: {
        x: {
          time: true,
          range: (_plot, min, max) => [min ?? interval!.from, max ?? interval!.to],
        },
        // What is paid back makes a sum negative.
        y: {
          range: (_plot, min, max) => [min < 0 ? -roundUp(-min) : 0, max > 0 || min >= 0 ? roundUp(max) : 0],
        },
      },
      axes: axes(this.#holder, zone, 48),
      series: [
        {},
        ...inOrder(
          series,
          compared.map(index => this.#before(index)),
          [
            ...series.map((each, index) => (isOne ? this.#columns() : this.#line(index, each.points.length))),
            ...series.flatMap((each, index) =>
              each.isRunning ? [isOne ? this.#column() : this.#end(index)] : [],
            ),
          ],
        ),
      ],
      hooks: { setCursor: [plot => this.#hover(plot)] },
    }
  }

  #columns(): uPlot.Series {
    const paths = uPlot.paths.bars!({ size: [0.88, 60], align: 1, gap: 1 })
    return { fill: colour(this.#holder, '0'), width: 0, paths, points: { show: false } }
  }

  #line(index: number, length: number): uPlot.Series {
    const stroke = colour(this.#holder, String(index))
    return { stroke, width: 2, points: { show: length <= 60, size: 5, fill: stroke } }
  }

  /** The last column, as long as it grows. */
  #column(): uPlot.Series {
    return { ...this.#columns(), alpha: 0.4 }
  }

  /** The way to the last point, as long as that grows. */
  #end(index: number): uPlot.Series {
    const stroke = colour(this.#holder, String(index))
    return { stroke, width: 2, dash: [2, 4], alpha: 0.5, points: { show: false } }
  }

  #before(index: number): uPlot.Series {
    const { series } = this.#shown!.drawn
    const isOne = series.length === 1
    const stroke = colour(this.#holder, isOne ? 'text' : String(index))
    // Of steps that are narrower than a dash, dashes are a grid that nobody can read.
    const isNarrow = isOne && this.#holder.clientWidth / series[0]!.points.length < 10
    return {
      ...{ stroke, width: isNarrow ? 1 : 1.5, dash: isNarrow ? [] : [4, 4], points: { show: false } },
      alpha: isOne ? 1 : 0.55,
      // As wide as the columns of now.
      ...(isOne && { paths: uPlot.paths.stepped!({ align: 1 }) }),
    }
  }

  #hover({ cursor: { left = -1, idx } }: uPlot): void {
    if (this.#chosen === undefined) this.#onPoint(left < 0 ? undefined : (idx ?? undefined))
  }

  /** Keys: to an earlier or later point. */
  walk(by: number): void {
    const { points = [], isRunning = false } = this.#shown?.drawn.series[0] ?? {}
    if (!this.#plot || points.length === 0) return
    const times = this.#plot.data[0]
    const last = points.length - 1
    // At first the last one that is over.
    const over = isRunning ? Math.max(0, last - 1) : last
    this.#chosen = this.#chosen === undefined ? over : Math.min(last, Math.max(0, this.#chosen + by))
    this.#plot.setCursor({ left: this.#plot.valToPos(times[this.#chosen]!, 'x') + 1, top: 1 }, false)
    this.#onPoint(this.#chosen)
  }

  leave(): void {
    if (this.#chosen === undefined) return
    this.#chosen = undefined
    this.#plot?.setCursor({ left: -10, top: -10 }, false)
    this.#onPoint(undefined)
  }
}
