import { cut, type Marker, type Piece, pieces } from './hostile.ts'

interface Properties {
  value: string
  /** Shown at most, in UTF-16 units: a line of 1 MB must not freeze the page. */
  most?: number
  marker?: Marker | undefined
  /** Line feeds break lines. */
  lines?: boolean
}

/** A stranger's text: never HTML, isolated from the direction of what stands around it, nothing in it unseen. */
export function Text({ value, most = 2000, marker, lines = false }: Properties) {
  const shown = cut(value, most)
  return (
    <bdi>
      {pieces(shown, marker?.(shown), lines).map(show)}
      {shown.length < value.length && <span class="cut">…</span>}
    </bdi>
  )
}

function show({ kind, text }: Piece) {
  if (kind === 'text') return text
  return kind === 'mark' ? <mark>{text}</mark> : <span class="escape">{text}</span>
}
