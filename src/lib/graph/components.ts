import type { Graph } from './graph.ts'

/** What hangs together, in the order of the nodes. */
export function componentsOf({ nodes, edges }: Graph): Graph[] {
  const ids = new Map(nodes.map(({ id }) => [id, new Set([id])]))
  for (const { from, to } of edges) {
    const [one, other] = [ids.get(from)!, ids.get(to)!]
    if (one === other) continue
    for (const id of other) ids.set(id, one.add(id))
  }
  return [...new Set(ids.values())].map(component => ({
    nodes: nodes.filter(({ id }) => component.has(id)),
    edges: edges.filter(({ from }) => component.has(from)),
  }))
}
