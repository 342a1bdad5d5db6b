// When something that moves is drawn: again and again while somebody can see it, and at once when its size has changed.

export class Pictures {
  readonly #draw: () => number | undefined
  readonly #observers: { disconnect(): void }[]
  #isSeen = true
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @param draw says in how many milliseconds the next one is due; undefined when nothing moves */
  constructor(holder: HTMLElement, draw: () => number | undefined, onResize: () => void) {
    this.#draw = draw
    const resized = new ResizeObserver(onResize)
    const seen = new IntersectionObserver(([entry]) => {
      this.#isSeen = entry?.isIntersecting ?? true
      this.next(0)
    })
    this.#observers = [resized, seen]
    for (const observer of [resized, seen]) observer.observe(holder)
  }

  /** The next one, in so many milliseconds. */
  next(delay: number): void {
    clearTimeout(this.#timer)
    const frame = () => {
      const pause = this.#isSeen ? this.#draw() : undefined
      if (pause !== undefined) this.next(pause)
    }
    this.#timer = setTimeout(() => requestAnimationFrame(frame), delay)
  }

  destroy(): void {
    clearTimeout(this.#timer)
    for (const observer of this.#observers) observer.disconnect()
  }
}
