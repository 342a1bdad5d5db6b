// The moving chart: draws a column each second or few, and moves by whole pixels, no oftener than one can see.
import uPlot from 'uplot'
import { untilNext } from '../lib/incoming.ts'
import type { Zone } from '../lib/zone.ts'
import { Paint } from './paint.ts'
import { COLOURS, colourField, colours, hidden, rates } from './parts.ts'
import { pausedAt, shown, shownNow } from './pause.ts'
import { Pictures } from './pictures.ts'
import { plotOptions, sizeOf } from './plot-options.ts'
import { CalmAxis, type Column, columnsOf, type Frame } from './stack.ts'

/** Milliseconds between two pictures, at least: as often as the server tells how many came. Each costs as much as all else on the page. */
const FASTEST = 200
/** A column is not narrower, in pixels of the page. */
const NARROWEST = 5
const STEPS = [1, 2, 5, 10, 15, 30]
const MOTION = matchMedia('(prefers-reduced-motion: reduce)')

export class LivePlot {
  readonly #holder: HTMLElement
  readonly #onPoint: (column: Column | undefined) => void
  readonly #axis = new CalmAxis()
  readonly #pictures: Pictures
  #zone: Zone
  #length = 120
  #plot: uPlot | undefined
  #columns: readonly Column[] = []
  /** The start of the column that keys have chosen. */
  #chosen: number | undefined
  #hovered = false
  /** Up to when the last picture showed what came, milliseconds. */
  #end = 0
  /** What the last picture showed. */
  #drawn = ''

  constructor(holder: HTMLElement, zone: Zone, onPoint: (column: Column | undefined) => void) {
    this.#holder = holder
    this.#zone = zone
    this.#onPoint = onPoint
    this.#pictures = new Pictures(
      holder,
      () => this.#next(),
      () => this.#resize(),
    )
  }

  #resize(): void {
    if (this.#plot && this.#holder.clientWidth > 0) this.#plot.setSize(sizeOf(this.#holder))
    this.redraw()
  }

  /** @param length seconds from the left to the right */
  show(length: number, zone: Zone): void {
    this.#length = length
    this.#zone = zone
    this.paint()
  }

  /** Draws all anew, with the colours that hold now. */
  paint(): void {
    this.#plot?.destroy()
    const hooks = this.#hooks(new Paint(this.#holder))
    this.#plot = new uPlot(plotOptions(this.#holder, this.#zone, hooks), [[], []], this.#holder)
    this.redraw()
  }

  destroy(): void {
    this.#pictures.destroy()
    this.#plot?.destroy()
    this.#plot = undefined
  }

  /** Now, and then again as soon as something has moved. */
  redraw(): void {
    this.#drawn = ''
    this.#pictures.next(0)
  }

  #next(): number | undefined {
    if (!this.#plot) return undefined
    this.#draw(this.#plot)
    return pausedAt.value === undefined ? untilNext(this.#pause) : undefined
  }

  /** Milliseconds of the clock that a pixel of the screen is wide. */
  get #pixel(): number {
    return (this.#length * 1000) / Math.max(100, this.#plot!.bbox.width)
  }

  get #pause(): number {
    if (MOTION.matches) return 1000
    return Math.max(1, Math.round(this.#pixel / FASTEST)) * FASTEST
  }

  get #frame(): Frame {
    const columns = this.#plot!.over.clientWidth / NARROWEST
    const step = STEPS.find(each => this.#length / each <= columns) ?? 60
    return { length: this.#length, step }
  }

  #draw(plot: uPlot): void {
    const by = MOTION.matches ? 1000 : this.#pixel
    // Whole pixels, so that no column flickers between two of them.
    const end = Math.floor(shownNow() / by) * by
    this.#end = end
    const frame = this.#frame
    const values = Array.from({ length: COLOURS }, (_, index) => colours.values[index])
    const key = `${end} ${rates.ticks.value} ${rates.state.value.connection}`
    if (key === this.#drawn) return
    this.#drawn = key
    const wanted = { field: colourField(), values, hidden: hidden.value }
    this.#columns = columnsOf(shown().slots, frame, end / 1000, wanted)
    const starts = this.#columns.map(({ start }) => start * 1000)
    const most = this.#columns.reduce((highest, { rate }) => Math.max(highest, rate ?? 0), 0)
    const top = this.#axis.update(most, performance.now())
    plot.batch(() => {
      plot.setData([starts, this.#columns.map(({ rate }) => rate ?? null)], false)
      // With room for all of the column that grows: a part of it would look as if it were cut off.
      const room = frame.step * 1000
      plot.setScale('x', { min: end + room - this.#length * 1000, max: end + room })
      plot.setScale('y', { min: 0, max: top })
    })
    this.#point(plot)
  }

  /** What is under the mouse, or was chosen, has moved. */
  #point(plot: uPlot): void {
    if (this.#chosen !== undefined) {
      const left = plot.valToPos((this.#chosen + this.#frame.step / 2) * 1000, 'x')
      if (left < 0) this.leave()
      else plot.setCursor({ left, top: 1 }, false)
      this.#onPoint(this.#columns.find(({ start }) => start === this.#chosen))
    } else if (this.#hovered) this.#onPoint(this.#columns[plot.cursor.idx ?? -1])
  }

  #hooks(paint: Paint): uPlot.Hooks.Arrays {
    return {
      setCursor: [plot => this.#hover(plot)],
      drawClear: [plot => paint.gaps(plot, this.#columns, this.#frame.step, this.#end / 1000)],
      draw: [plot => paint.columns(plot, this.#columns, this.#frame.step)],
    }
  }

  #hover(plot: uPlot): void {
    if (this.#chosen !== undefined) return
    const { left = -1, idx } = plot.cursor
    const before = this.#hovered
    this.#hovered = left >= 0
    if (this.#hovered) this.#onPoint(this.#columns[idx ?? -1])
    else if (before) this.#onPoint(undefined)
  }

  /** Keys: to an earlier or later column, which it returns. */
  walk(by: number): Column | undefined {
    const known = this.#columns.filter(({ rate }) => rate !== undefined)
    if (known.length === 0) return undefined
    const at = known.findIndex(({ start }) => start === this.#chosen)
    // At first the last one that is over: whose numbers stay as they are.
    const over = known.findLastIndex(({ start }) => start + this.#frame.step <= shown().slots.last)
    const index = at < 0 ? Math.max(0, over) : Math.min(known.length - 1, Math.max(0, at + by))
    this.#chosen = known[index]!.start
    this.#point(this.#plot!)
    return known[index]
  }

  leave(): void {
    if (this.#chosen === undefined) return
    this.#chosen = undefined
    this.#plot?.setCursor({ left: -10, top: -10 }, false)
    this.#onPoint(undefined)
  }
}
