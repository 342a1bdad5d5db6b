// The bars of the histogram, and how a part of them is chosen: by mouse, by touch, by keys.
import uPlot from 'uplot'
import type { Histogram } from './api.ts'
import { barOptions, HEIGHT } from './bar-options.ts'
import { columns } from './histogram-model.ts'
import type { Interval } from './range.ts'
import { brushByTouch } from './touch-brush.ts'

export interface BarHandlers {
  /** The start of the bar under the pointer or chosen by keys; undefined when it leaves. */
  onPoint(start: number | undefined): void
  onSelect(interval: Interval): void
  onDoubleClick(): void
}

export class Bars {
  readonly #holder: HTMLElement
  readonly #handlers: BarHandlers
  readonly #resized: ResizeObserver
  #plot: uPlot | undefined
  #shown: Histogram | undefined
  /** First and last of the bars that keys have chosen. */
  #chosen: { anchor: number; at: number } | undefined

  constructor(holder: HTMLElement, handlers: BarHandlers) {
    this.#holder = holder
    this.#handlers = handlers
    this.#resized = new ResizeObserver(() => {
      if (this.#plot && holder.clientWidth > 0)
        this.#plot.setSize({ width: holder.clientWidth, height: HEIGHT })
    })
    this.#resized.observe(holder)
  }

  show(shown: Histogram): void {
    const first = this.#shown === undefined
    this.#shown = shown
    this.#chosen = undefined
    if (first) {
      this.paint()
      return
    }
    this.#plot!.setData(columns(shown), false)
    this.#scale()
    this.#plot!.setSelect(NOTHING, false)
  }

  /** Draws all anew, with the colours that hold now. */
  paint(): void {
    if (!this.#shown) return
    this.#plot?.destroy()
    const plot = new uPlot(this.#options(), columns(this.#shown), this.#holder)
    this.#plot = plot
    brushByTouch(plot.over, {
      onMove: (left, width) => this.#select(left, width),
      onEnd: () => this.#selected(plot),
    })
    this.#scale()
  }

  destroy(): void {
    this.#resized.disconnect()
    this.#plot?.destroy()
  }

  #scale(): void {
    const { from, to, step } = this.#shown!
    const [starts] = columns(this.#shown!)
    const last = (starts.at(-1) ?? 0) + step
    this.#plot!.setScale('x', {
      min: Math.min(Date.parse(from), starts[0] ?? Date.parse(from)),
      max: Math.max(Date.parse(to), last),
    })
  }

  #options(): uPlot.Options {
    return barOptions(this.#holder, {
      onSelect: plot => this.#selected(plot),
      onPoint: ({ cursor: { idx }, data }) =>
        this.#handlers.onPoint(typeof idx === 'number' ? data[0][idx] : undefined),
      onDoubleClick: () => this.#handlers.onDoubleClick(),
    })
  }

  /** A brush was let go. */
  #selected(plot: uPlot): void {
    const { left, width } = plot.select
    if (width < 3) return
    const from = plot.posToVal(left, 'x')
    const to = plot.posToVal(left + width, 'x')
    plot.setSelect(NOTHING, false)
    this.#handlers.onSelect({ from, to })
  }

  /** Keys: one bar on, with `extend` more of them. */
  walk(by: number, extend: boolean): void {
    const starts = this.#plot?.data[0]
    if (!starts || starts.length === 0) return
    const last = starts.length - 1
    const before = this.#chosen ?? { anchor: by < 0 ? last + 1 : -1, at: by < 0 ? last + 1 : -1 }
    const at = Math.min(last, Math.max(0, before.at + by))
    this.#chosen = { at, anchor: extend && this.#chosen ? before.anchor : at }
    this.#mark()
    this.#handlers.onPoint(starts[at])
  }

  choose(): void {
    const interval = this.#interval()
    this.leave()
    if (interval) this.#handlers.onSelect(interval)
  }

  leave(): void {
    this.#chosen = undefined
    this.#plot?.setSelect(NOTHING, false)
    this.#handlers.onPoint(undefined)
  }

  #interval(): Interval | undefined {
    if (!this.#chosen || !this.#plot) return undefined
    const { anchor, at } = this.#chosen
    const starts = this.#plot.data[0]
    return { from: starts[Math.min(anchor, at)]!, to: starts[Math.max(anchor, at)]! + this.#shown!.step }
  }

  #mark(): void {
    const { from, to } = this.#interval()!
    const left = this.#plot!.valToPos(from, 'x')
    const width = this.#plot!.valToPos(to, 'x') - left
    this.#select(left, width)
  }

  #select(left: number, width: number): void {
    this.#plot!.setSelect({ left, width, top: 0, height: this.#plot!.over.clientHeight }, false)
  }
}

const NOTHING = { left: 0, top: 0, width: 0, height: 0 }
