import type { Graph, GraphEdge } from './graph.ts'

/** The same graph with what went over each edge since an earlier look, a second. */
export function withRates({ nodes, edges }: Graph, before: Graph, seconds: number): Graph {
  const then = new Map(before.edges.map(edge => [keyOf(edge), edge.records]))
  return {
    nodes,
    edges: edges.map(edge => {
      const [was, is] = [then.get(keyOf(edge)), edge.records]
      // One that began anew counts from 0.
      if (was === undefined || is === undefined || seconds <= 0) return edge
      return { ...edge, rate: Math.round((Math.max(0, is < was ? is : is - was) / seconds) * 10) / 10 }
    }),
  }
}

function keyOf({ from, to, endpoint, output }: GraphEdge): string {
  return JSON.stringify([from, to, endpoint, output])
}
