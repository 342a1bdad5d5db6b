// The graph in boxes for a terminal, from top to bottom.
import { Canvas } from './canvas.ts'
import { componentsOf } from './components.ts'
import type { Graph, GraphNode } from './graph.ts'
import { listGraph } from './list.ts'
import { lanesOf, piecesOf, separate } from './pieces.ts'
import type { Placed } from './place.ts'
import { BOX_HEIGHT, drawEnds, drawPiece, drawRate } from './strokes.ts'

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
async function drawBoxes(graph: Graph, columns: number): Promise<string[] | undefined> {
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
