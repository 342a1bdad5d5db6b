// uPlot's brush knows only the mouse: this one is drawn with a finger. Sideways, since up and down scrolls the page
// (`touch-action: pan-y`).

interface Brush {
  /** In pixels from the left of `over`. */
  onMove(left: number, width: number): void
  onEnd(): void
}

/** @param over the part of the chart that has the bars */
export function brushByTouch(over: HTMLElement, { onMove, onEnd }: Brush): void {
  let start: number | undefined
  const at = (event: PointerEvent) => {
    const { left, width } = over.getBoundingClientRect()
    return Math.min(Math.max(event.clientX - left, 0), width)
  }
  over.addEventListener('pointerdown', event => {
    if (event.pointerType === 'mouse' || !event.isPrimary) return
    start = at(event)
    over.setPointerCapture(event.pointerId)
  })
  over.addEventListener('pointermove', event => {
    if (start === undefined || !event.isPrimary) return
    const now = at(event)
    onMove(Math.min(start, now), Math.abs(now - start))
  })
  const end = (event: PointerEvent) => {
    if (start === undefined || !event.isPrimary) return
    start = undefined
    // The browser took it for scrolling.
    if (event.type === 'pointercancel') onMove(0, 0)
    onEnd()
  }
  over.addEventListener('pointerup', end)
  over.addEventListener('pointercancel', end)
}
