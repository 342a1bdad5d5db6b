// The graph as a list, where boxes do not fit.
import type { Graph, GraphNode } from './graph.ts'
import { labelOf } from './labels.ts'

export function listGraph({ nodes, edges }: Graph): string[] {
  const names = new Map(nodes.map(node => [node.id, nameOf(node)]))
  return nodes
    .filter(({ kind }) => kind !== 'outside')
    .flatMap(node => [
      node.note === node.kind || node.note === '' ? nameOf(node) : `${nameOf(node)} (${node.note})`,
      ...edges
        .filter(({ to }) => to === node.id)
        .map(edge => `  from ${[names.get(edge.from), ...labelOf(edge)].join('  ')}`),
      ...edges
        .filter(({ from }) => from === node.id)
        .map(edge => `  to   ${[names.get(edge.to), ...labelOf(edge)].join('  ')}`),
    ])
}

function nameOf({ name, group }: GraphNode): string {
  return group === undefined || name.startsWith(`${group}.`) ? name : `${group}/${name}`
}
