// Lines from one row of boxes to the next, in characters, and how they get past each other.
import type { GraphEdge, GraphNode } from './graph.ts'
import type { Placed } from './place.ts'

/** A box in characters, in its row of boxes. */
export interface Cell {
  node: GraphNode
  rank: number
  x: number
  width: number
}

/** A line from one row of boxes to the next. */
export interface Piece {
  edge: GraphEdge
  rank: number
  from: number
  to: number
  isFirst: boolean
  isLast: boolean
}

/** What was rounded must not touch. */
export function separate(cells: Cell[]): void {
  for (const row of Map.groupBy(cells, ({ rank }) => rank).values()) {
    row.sort((a, b) => a.x - b.x)
    row.forEach((cell, n) => {
      const before = row[n - 1]
      if (before) cell.x = Math.max(cell.x, before.x + before.width + 1)
    })
  }
}

function middle({ x, width }: Cell): number {
  return x + Math.floor(width / 2)
}

/** Where a line meets a box: in its middle, or beside that when it comes straight down there. */
function arrival(cell: Cell, above: number | undefined): number {
  const x = middle(cell)
  return above !== undefined && Math.abs(above - x) <= 2 && cell.width > 6 ? above : x
}

/** A line that passes rows of boxes has a piece for each; one that leads back up is told of below. */
export function piecesOf(placed: Placed, cells: readonly Cell[], rankAt: (y: number) => number): Piece[] {
  const known = new Map(cells.map(cell => [cell.node.id, cell]))
  const isAlone = ({ to }: GraphEdge) => placed.edges.filter(({ edge }) => edge.to === to).length === 1
  return placed.edges.flatMap(({ edge, points }) => {
    const [from, to] = [known.get(edge.from)!, known.get(edge.to)!]
    if (from.rank >= to.rank) return []
    const xs = Array.from({ length: to.rank - from.rank + 1 }, (_, n) => {
      if (n === 0) return middle(from)
      if (n === to.rank - from.rank) return arrival(to, n === 1 && isAlone(edge) ? middle(from) : undefined)
      const point = points.find(({ y }) => rankAt(y) === from.rank + n)
      return Math.round(point?.x ?? middle(from))
    })
    return xs.slice(1).map((x, n) => ({
      edge,
      rank: from.rank + n,
      from: xs[n]!,
      to: x,
      isFirst: n === 0,
      isLast: n === xs.length - 2,
    }))
  })
}

export interface Lanes {
  count: number
  /** By where a line comes from: those share one. */
  of: Map<number, number>
}

/** Lines across that would lie on each other go below each other. */
export function lanesOf(pieces: readonly Piece[], ranks: number): Lanes[] {
  return Array.from({ length: ranks }, (_, rank) => {
    const own = pieces.filter(piece => piece.rank === rank)
    const spans = [...Map.groupBy(own, ({ from }) => from)].map(([from, all]) => {
      const xs = [from, ...all.map(({ to }) => to)]
      return { from, low: Math.min(...xs), high: Math.max(...xs) }
    })
    const lanes: (typeof spans)[] = []
    const of = new Map<number, number>()
    for (const span of spans.filter(({ low, high }) => high > low)) {
      const apart = (lane: typeof spans) => lane.every(({ low, high }) => high < span.low || low > span.high)
      const together = (lane: typeof spans) =>
        meetsOnly(
          own,
          span.from,
          lane.map(({ from }) => from),
        )
      let n = lanes.findIndex(lane => apart(lane) || together(lane))
      if (n < 0) n = lanes.push([]) - 1
      lanes[n]!.push(span)
      of.set(span.from, n)
    }
    return { count: lanes.length, of }
  })
}

/** Lines that all lead to one box may join on their way. */
function meetsOnly(pieces: readonly Piece[], from: number, others: readonly number[]): boolean {
  const ends = new Set(
    pieces.filter(piece => piece.from === from || others.includes(piece.from)).map(({ to }) => to),
  )
  return ends.size === 1
}
