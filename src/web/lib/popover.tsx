import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

interface Properties {
  label: string
  title: string
  pressed?: boolean
  /** When this changes, the popover has done its work. */
  until: unknown
  children: () => ComponentChildren
}

/** A button that unfolds something beside it, until one is done, looks elsewhere or presses Escape. */
export function Popover({ label, title, pressed, until, children }: Properties) {
  const [shown, setShown] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  useEffect(() => setShown(false), [until])
  useEffect(() => {
    if (!shown) return
    const outside = (event: PointerEvent) => {
      if (!root.current!.contains(event.target as Node)) setShown(false)
    }
    addEventListener('pointerdown', outside)
    return () => removeEventListener('pointerdown', outside)
  }, [shown])
  const leave = (event: FocusEvent) => {
    const to = event.relatedTarget
    if (to instanceof Node && !root.current!.contains(to)) setShown(false)
  }
  const key = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !shown) return
    event.stopPropagation()
    setShown(false)
    root.current!.querySelector('button')!.focus()
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only hears of what its parts get
    <div class="absolute" ref={root} onFocusOut={leave} onKeyDown={key}>
      <button
        type="button"
        aria-expanded={shown}
        aria-pressed={pressed}
        title={title}
        onClick={() => setShown(!shown)}
      >
        {label}
      </button>
      {shown && children()}
    </div>
  )
}
