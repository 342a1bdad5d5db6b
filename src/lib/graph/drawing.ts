// The graph in boxes for a terminal, from top to bottom.
import { Canvas } from './canvas.ts'
import { componentsOf, type Graph, type GraphEdge, type GraphNode } from './graph.ts'
import { formatRate } from './labels.ts'
import { listGraph } from './list.ts'
import type { Placed } from './place.ts'

const BOX_HEIGHT = 3

/** A box in characters, in its row of boxes. */
interface Cell {
  node: GraphNode
  rank: number
  x: number
  width: number
}

/** A line from one row of boxes to the next. */
interface Piece {
  edge: GraphEdge
  rank: number
  from: number
  to: number
  isFirst: boolean
  isLast: boolean
}

/** What hangs together, one below the other; a list where boxes do not fit into so many columns. */
export async function drawGraph(graph: Graph, columns: number): Promise<string[]> {
  const lines: string[] = []
  for (const component of componentsOf(graph))
    lines.push(
      ...(lines.length > 0 ? [''] : []),
      ...((await drawBoxes(component, columns)) ?? listGraph(component)),
    )
  return lines
}

/** Undefined when it does not fit into so many columns. */
export async function drawBoxes(graph: Graph, columns: number): Promise<string[] | undefined> {
  if (graph.nodes.length === 0) return []
  const { place } = await import('./place.ts')
  for (const longest of [44, 24, 14]) {
    const title = (node: GraphNode) => titleOf(node, longest)
    const placed = place(graph, {
      direction: 'TB',
      sizeOf: node => ({ width: title(node).length + 4, height: BOX_HEIGHT }),
      labelSizeOf: () => undefined,
      gaps: { beside: 3, behind: 4 },
      groups: false,
    })
    if (placed.width <= columns) return draw(placed, columns, title)
  }
  return undefined
}

function titleOf({ kind, name, note, group }: GraphNode, longest: number): string {
  const whole = group === undefined || name.startsWith(`${group}.`) ? name : `${group}/${name}`
  const isOurs = kind !== 'outside' && kind !== 'place' && note !== kind
  const said = isOurs && `${whole} (${note})`.length <= longest ? `${whole} (${note})` : whole
  const half = Math.floor((longest - 1) / 2)
  return said.length <= longest
    ? said
    : `${said.slice(0, longest - 1 - half)}…${said.slice(said.length - half)}`
}

function draw(placed: Placed, columns: number, title: (node: GraphNode) => string): string[] {
  const heights = [...new Set(placed.nodes.map(({ y, height }) => Math.round(y + height / 2)))].sort(
    (a, b) => a - b,
  )
  const rankAt = (y: number) => heights.indexOf(Math.round(y))
  const cells = placed.nodes.map(({ node, x, y, width, height }) => ({
    node,
    rank: rankAt(y + height / 2),
    x: Math.round(x),
    width,
  }))
  separate(cells)
  const pieces = piecesOf(placed, cells, rankAt)
  const lanes = lanesOf(pieces, heights.length)
  // Below each row of boxes: a line down, the lanes, and a line with an arrow.
  const tops: number[] = []
  for (let rank = 0, y = 0; rank < heights.length; rank++) {
    tops.push(y)
    y += BOX_HEIGHT + (lanes[rank]!.count === 0 ? 2 : lanes[rank]!.count + 2)
  }
  const width =
    Math.max(...cells.map(({ x, width }) => x + width), ...pieces.flatMap(({ from, to }) => [from, to])) + 1
  const canvas = new Canvas(Math.max(width, columns), tops.at(-1)! + BOX_HEIGHT)
  for (const piece of pieces) drawPiece(canvas, piece, tops, lanes[piece.rank]!)
  for (const { node, rank, x, width } of cells) {
    canvas.box(x, tops[rank]!, width, BOX_HEIGHT)
    canvas.text(x + 2, tops[rank]! + 1, title(node))
  }
  for (const piece of pieces) drawEnds(canvas, piece, tops)
  for (const piece of pieces) drawRate(canvas, piece, pieces, tops)
  const back = placed.edges.filter(({ edge }) => pieces.every(piece => piece.edge !== edge))
  return [...canvas.lines(), ...back.map(({ edge }) => `and ${edge.from} feeds ${edge.to}`)]
}

/** What was rounded must not touch. */
function separate(cells: Cell[]): void {
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
function piecesOf(placed: Placed, cells: readonly Cell[], rankAt: (y: number) => number): Piece[] {
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

interface Lanes {
  count: number
  /** By where a line comes from: those share one. */
  of: Map<number, number>
}

/** Lines across that would lie on each other go below each other. */
function lanesOf(pieces: readonly Piece[], ranks: number): Lanes[] {
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

function drawPiece(canvas: Canvas, { rank, from, to }: Piece, tops: readonly number[], lanes: Lanes): void {
  const start = tops[rank]! + BOX_HEIGHT - 1
  const end = tops[rank + 1]!
  const turn = start + 2 + (lanes.of.get(from) ?? 0)
  canvas.vertical(from, start, from === to ? end : turn)
  if (from === to) return
  canvas.horizontal(turn, from, to)
  canvas.vertical(to, turn, end)
}

function drawEnds(canvas: Canvas, { rank, from, to, isFirst, isLast }: Piece, tops: readonly number[]): void {
  if (isFirst) canvas.text(from, tops[rank]! + BOX_HEIGHT - 1, '┬')
  // A line that passes this row of boxes goes on.
  if (isLast) canvas.text(to, tops[rank + 1]! - 1, '▼')
  else canvas.vertical(to, tops[rank + 1]!, tops[rank + 1]! + BOX_HEIGHT - 1)
}

/** Beside the end where it is alone. */
function drawRate(canvas: Canvas, piece: Piece, pieces: readonly Piece[], tops: readonly number[]): void {
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
