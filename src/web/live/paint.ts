// Draws the columns of the moving chart: to whole pixels, and each part of them once, which takes a fifth of the time of uPlot's own.
import type uPlot from 'uplot'
import { colour } from '../lib/chart-look.ts'
import { COLOURS } from './parts.ts'
import { type Column, gapsOf } from './stack.ts'

/** With the colours that hold when it is made. */
export class Paint {
  /** The last one is that of all others. */
  readonly #colours: readonly string[]
  readonly #gap: string
  #stripes: CanvasPattern | undefined

  constructor(holder: HTMLElement) {
    this.#colours = Array.from({ length: COLOURS + 1 }, (_, index) =>
      colour(holder, index === COLOURS ? 'others' : String(index)),
    )
    this.#gap = colour(holder, 'gap')
  }

  /** @param step seconds of a column */
  columns(plot: uPlot, columns: readonly Column[], step: number): void {
    const { left, width } = plot.bbox
    for (const { start, rate, parts } of columns) {
      if (!rate) continue
      const from = Math.max(left, Math.round(plot.valToPos(start * 1000, 'x', true)))
      const next = Math.round(plot.valToPos((start + step) * 1000, 'x', true))
      // Between two columns there is a line of the ground.
      const wide = Math.min(left + width, next) - Math.max(1, Math.round(devicePixelRatio)) - from
      if (wide > 0) this.#column(plot, from, wide, parts)
    }
  }

  #column(plot: uPlot, left: number, width: number, parts: readonly number[]): void {
    const y = (rate: number) => Math.round(plot.valToPos(rate, 'y', true))
    const { ctx } = plot
    let sum = 0
    let bottom = y(0)
    for (const [index, part] of parts.entries()) {
      if (part === 0) continue
      sum += part
      const top = y(sum)
      ctx.fillStyle = this.#colours[index]!
      ctx.fillRect(left, top, width, bottom - top)
      bottom = top
    }
  }

  /**
   * Where nothing is known there are stripes: it is not the same as none.
   * @param end the second up to which something could be known
   */
  gaps(plot: uPlot, columns: readonly Column[], step: number, end: number): void {
    const { ctx, bbox } = plot
    ctx.save()
    ctx.beginPath()
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
    ctx.clip()
    this.#stripes ??= stripes(ctx, this.#gap)
    ctx.fillStyle = this.#stripes
    for (const [from, to] of gapsOf(columns, step, end)) {
      const [left, right] = [plot.valToPos(from * 1000, 'x', true), plot.valToPos(to * 1000, 'x', true)]
      ctx.fillRect(left, bbox.top, right - left, bbox.height)
    }
    ctx.restore()
  }
}

function stripes(ctx: CanvasRenderingContext2D, colour: string): CanvasPattern {
  const tile = document.createElement('canvas')
  tile.width = tile.height = 8
  const pen = tile.getContext('2d')!
  pen.strokeStyle = colour
  pen.lineWidth = 1.5
  pen.beginPath()
  for (const shift of [-8, 0, 8]) {
    pen.moveTo(shift - 2, 10)
    pen.lineTo(shift + 10, -2)
  }
  pen.stroke()
  return ctx.createPattern(tile, 'repeat')!
}
