// Where each box, line and label of a graph is.
import { Graph as Dagre, layout, type Point } from '@dagrejs/dagre'
import type { Graph, GraphEdge, GraphNode } from './graph.ts'

export interface Box {
  /** Its upper left corner. */
  x: number
  y: number
  width: number
  height: number
}

export interface PlacedNode extends Box {
  node: GraphNode
}

export interface PlacedEdge {
  edge: GraphEdge
  points: readonly Point[]
  /** Room for its label; undefined where it has none. */
  label: Box | undefined
}

export interface Placed {
  width: number
  height: number
  nodes: readonly PlacedNode[]
  edges: readonly PlacedEdge[]
  groups: readonly (Box & { name: string })[]
}

export interface PlaceOptions {
  /** Left to right, or from top to bottom. */
  direction: 'LR' | 'TB'
  sizeOf(node: GraphNode): { width: number; height: number }
  /** Undefined for none. */
  labelSizeOf(edge: GraphEdge): { width: number; height: number } | undefined
  /** Between boxes side by side, and between those behind each other. */
  gaps: { beside: number; behind: number }
  groups: boolean
}

/** Imported late: the library is for those who draw. */
export function place({ nodes, edges }: Graph, options: PlaceOptions): Placed {
  const { direction, sizeOf, labelSizeOf, gaps } = options
  const dagre = new Dagre({ multigraph: true, compound: true })
  dagre.setGraph({ rankdir: direction, nodesep: gaps.beside, edgesep: gaps.beside / 2, ranksep: gaps.behind })
  for (const node of nodes) dagre.setNode(node.id, { ...sizeOf(node) })
  const groups = options.groups ? [...new Set(nodes.flatMap(({ group }) => group ?? []))] : []
  for (const group of groups) dagre.setNode(clusterOf(group), {})
  for (const { id, group } of nodes)
    if (options.groups && group !== undefined) dagre.setParent(id, clusterOf(group))
  edges.forEach((edge, n) => {
    const size = labelSizeOf(edge)
    dagre.setEdge(
      edge.from,
      edge.to,
      { ...(size && { ...size, labelpos: 'c' as const }), minlen: 1, weight: 1 },
      `${n}`,
    )
  })
  layout(dagre)
  const boxOf = (id: string): Box => corner(dagre.node(id) as Box)
  const whole = dagre.graph() as { width?: number; height?: number }
  return {
    width: whole.width ?? 0,
    height: whole.height ?? 0,
    nodes: nodes.map(node => ({ node, ...boxOf(node.id) })),
    edges: edges.map((edge, n) => {
      const placed = dagre.edge({ v: edge.from, w: edge.to, name: `${n}` }) as Box & { points: Point[] }
      return { edge, points: placed.points, label: labelSizeOf(edge) && corner(placed) }
    }),
    groups: groups.map(name => ({ name, ...boxOf(clusterOf(name)) })),
  }
}

const clusterOf = (group: string) => `group ${group}`

/** The library says where the middle is. */
function corner({ x, y, width, height }: Box): Box {
  return { x: x - width / 2, y: y - height / 2, width, height }
}
