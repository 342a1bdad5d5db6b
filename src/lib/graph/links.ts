// Who feeds whom over links: ends that belong together, and those that lead out.
import { groupEnds, type Located } from '../asking/meeting.ts'
import type { Graph, GraphEdge } from './graph.ts'
import { outsideNode } from './outside.ts'

/** One end of a link, and whose it is. */
export interface End extends Located {
  node: string
}

export function addLinks(graph: Graph, ends: readonly End[]): void {
  const standard = ends.filter(({ endpoint }) => /^-(\?|$)/.test(endpoint))
  for (const end of standard) addOpenEnd(graph, [end])
  for (const group of groupEnds(ends.filter(end => !standard.includes(end)))) {
    const pushers = group.filter(({ direction }) => direction === 'push')
    const pullers = group.filter(({ direction }) => direction === 'pull')
    if (pushers.length === 0 || pullers.length === 0) addOpenEnd(graph, group)
    else if (pushers.length === 1 || pullers.length === 1) addMeeting(graph, pushers, pullers)
    else addPlace(graph, group, pushers, pullers)
  }
}

/** One side has one end only, so what the other side counts is what went between the two. */
function addMeeting(graph: Graph, pushers: readonly End[], pullers: readonly End[]): void {
  for (const pusher of pushers)
    for (const puller of pullers) {
      const counted = pushers.length === 1 ? puller : pusher
      const inside = isInside(graph, pusher.node, puller.node) && {
        endpoint: '',
        delivery: 'inside' as const,
      }
      const edge = { ...edgeOf(pusher), ...inside, to: puller.node, records: counted.records }
      graph.edges.push(fitted(edge, pusher, puller))
    }
}

/** What joins the processes of one chain is nobody's address. */
function isInside({ nodes }: Graph, ...ids: readonly string[]): boolean {
  const groups = ids.map(id => nodes.find(node => node.id === id)?.group)
  return groups[0] !== undefined && groups.every(group => group === groups[0])
}

/** Nobody knows who of several got what from whom. */
function addPlace(
  graph: Graph,
  group: readonly End[],
  pushers: readonly End[],
  pullers: readonly End[],
): void {
  const first = group.find(({ mode }) => mode === 'bind') ?? group[0]!
  const name = bare(first.endpoint)
  // The same path, or a wildcard, may be there on two hosts.
  const id = `place ${name}${first.host && `@${first.host}`}`
  graph.nodes.push({ id, kind: 'place', name, note: `${pushers.length} to ${pullers.length}` })
  for (const end of pushers) graph.edges.push(fitted({ ...edgeOf(end), to: id }, end, first))
  for (const end of pullers) graph.edges.push(fitted({ ...edgeOf(end), from: id, to: end.node }, end, first))
}

function addOpenEnd(graph: Graph, group: readonly End[]): void {
  for (const end of group) {
    const isPush = end.direction === 'push'
    const name = bare(end.endpoint)
    const stream = { name: isPush ? 'standard output' : 'standard input', note: '' }
    const outside = isStream(name)
      ? outsideNode(graph, stream, { whose: `of ${end.node}` })
      : outsideNode(graph, { name, note: noteOf(end) }, { host: end.host })
    graph.edges.push({
      ...edgeOf(end),
      ...(isPush ? { to: outside } : { from: outside, to: end.node }),
    })
  }
}

const isStream = (name: string) => name === '-'

function noteOf({ endpoint, peers }: End): string {
  if (endpoint.startsWith('file:')) return 'file'
  return peers > 0 ? 'somebody who was not asked' : 'nobody is there'
}

function edgeOf(end: End): Omit<GraphEdge, 'to'> & { from: string } {
  return {
    from: end.node,
    endpoint: bare(end.endpoint),
    delivery: deliveryOf(end.endpoint),
    ...(end.output !== undefined && { output: end.output }),
    records: end.records,
  }
}

function deliveryOf(endpoint: string): GraphEdge['delivery'] {
  if (endpoint.startsWith('ack+')) return 'acknowledged'
  if (/^(pub|sub)\+/.test(endpoint)) return 'published'
  return endpoint.startsWith('file:') ? 'file' : 'plain'
}

/** Two that speak differently meet, and never understand each other: nothing goes from one to the other. */
function fitted(edge: GraphEdge, one: End, other: End): GraphEdge {
  return speechOf(one.endpoint) === speechOf(other.endpoint) ? edge : { ...edge, delivery: 'unfit' }
}

/** What is published is subscribed to. */
function speechOf(endpoint: string): string {
  const [, speech = ''] = /^(ack|pub|sub)\+/.exec(endpoint) ?? []
  return speech === 'sub' ? 'pub' : speech
}

const bare = (endpoint: string) => endpoint.replace(/\?.*$/s, '')
