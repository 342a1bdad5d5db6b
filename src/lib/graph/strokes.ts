// The lines of a drawn graph on its canvas.
import type { Canvas } from './canvas.ts'
import { formatRate } from './labels.ts'
import type { Lanes, Piece } from './pieces.ts'

export const BOX_HEIGHT = 3

export function drawPiece(
  canvas: Canvas,
  { rank, from, to }: Piece,
  tops: readonly number[],
  lanes: Lanes,
): void {
  const start = tops[rank]! + BOX_HEIGHT - 1
  const end = tops[rank + 1]!
  const turn = start + 2 + (lanes.of.get(from) ?? 0)
  canvas.vertical(from, start, from === to ? end : turn)
  if (from === to) return
  canvas.horizontal(turn, from, to)
  canvas.vertical(to, turn, end)
}

export function drawEnds(
  canvas: Canvas,
  { rank, from, to, isFirst, isLast }: Piece,
  tops: readonly number[],
): void {
  if (isFirst) canvas.text(from, tops[rank]! + BOX_HEIGHT - 1, '┬')
  // A line that passes this row of boxes goes on.
  if (isLast) canvas.text(to, tops[rank + 1]! - 1, '▼')
  else canvas.vertical(to, tops[rank + 1]!, tops[rank + 1]! + BOX_HEIGHT - 1)
}

/** Beside the end where it is alone. */
export function drawRate(
  canvas: Canvas,
  piece: Piece,
  pieces: readonly Piece[],
  tops: readonly number[],
): void {
  const { edge, rank, from, to, isFirst, isLast } = piece
  if (edge.rate === undefined) return
  const words = formatRate(edge.rate)
  const alone = (end: 'from' | 'to') =>
    pieces.filter(other => other.edge[end] === edge[end] && (end === 'to' ? other.isLast : other.isFirst))
      .length === 1
  const places = [
    ...(isLast && alone('to') ? [[to, tops[rank + 1]! - 1]] : []),
    ...(isFirst && alone('from') && !alone('to') ? [[from, tops[rank]! + BOX_HEIGHT]] : []),
  ] as [number, number][]
  for (const [x, y] of places) {
    const at = [x + 2, x - 1 - words.length].find(at => canvas.isFree(at - 1, y, words.length + 2))
    if (at === undefined) continue
    canvas.text(at, y, words)
    return
  }
}
