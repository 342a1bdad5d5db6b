// What really runs, as a graph: daemons and stages, and who feeds whom.
import { nameOf } from '../asking/answer.ts'
import { HERE, hostOf } from '../asking/hosts.ts'
import { groupEnds, type Located } from '../asking/meeting.ts'
import type { Running, RunningStage } from '../asking/running.ts'
import { outsideOf } from './outside.ts'

/** A stage, or what is not ours at the far end of it. */
export interface GraphNode {
  id: string
  /** `place`: an address where several push and several pull. `outside`: nobody who was asked. */
  kind: 'source' | 'filter' | 'sink' | 'place' | 'outside'
  /** What is read first. */
  name: string
  /** What is read after that: the daemon, or more about the outside. */
  note: string
  /** The process of a chain, and of copies the one that started them. */
  group?: string
}

export interface GraphEdge {
  from: string
  to: string
  /** The address where they meet; empty inside a process. */
  endpoint: string
  /** What is promised on the way. `unfit`: the two ends speak differently, and nothing goes over it. */
  delivery: 'inside' | 'acknowledged' | 'plain' | 'published' | 'file' | 'outside' | 'unfit'
  /** Of which output of the stage it is, where that has several. */
  output?: string
  /** Records that went over it since its ends were opened; undefined where nobody counts them. */
  records?: number
  /** Of them a second, where there were two looks. */
  rate?: number
}

export interface Graph {
  nodes: GraphNode[]
  edges: GraphEdge[]
}

/** One end of a link, and whose it is. */
interface End extends Located {
  node: string
}

/** The graph of those who answered, in the order of their names. */
export function createGraph(running: readonly Running[]): Graph {
  const graph: Graph = { nodes: [], edges: [] }
  const callNames = namesFor(running)
  const parents = new Map(
    running.flatMap(one =>
      one.copies.map(copy => [`${hostOf(one.address)} ${copy.name}`, callNames(one)] as const),
    ),
  )
  const ends: End[] = []
  for (const one of running.toSorted((a, b) => compare(a.name, b.name) || compare(a.address, b.address))) {
    const host = hostOf(one.address)
    const called = callNames(one)
    const ids = one.stages.map(stage => `${nameOf(one, stage)}${called.slice(one.name.length)}`)
    one.stages.forEach((stage, n) => {
      const id = ids[n]!
      const parent = parents.get(`${host} ${one.name}`)
      graph.nodes.push(nodeOf(id, one, stage, parent ?? (isChain(one, stage) ? called : undefined)))
      addOutside(graph, id, stage)
      for (const link of stage.links) ends.push({ ...link, host, node: id })
      const next = one.stages[n + 1]
      if (next && isJoined(stage, next))
        graph.edges.push({
          from: id,
          to: ids[n + 1]!,
          endpoint: '',
          delivery: 'inside',
          records: next.books.in,
        })
    })
  }
  addLinks(graph, ends)
  return graph
}

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

/**
 * What each is called: its name, and with its address where one name may be there twice. That of another host has it always, and not
 * only while the other one is there too.
 */
function namesFor(running: readonly Running[]): (one: Running) => string {
  const counts = Map.groupBy(running, ({ name }) => name)
  return ({ name, address }) =>
    hostOf(address) === HERE && counts.get(name)!.length === 1 ? name : `${name}@${address}`
}

function nodeOf(id: string, running: Running, stage: RunningStage, group: string | undefined): GraphNode {
  const { name, command } = running
  const kind = isKind(stage.shape) ? stage.shape : 'filter'
  // Of a chain the stages have the names of their daemons.
  const isStage = stage.name !== name
  const daemon = /^sluice[- ]([\w-]+)$/.exec(command)?.[1] ?? ''
  return {
    id,
    kind,
    name: isStage ? stage.name : name,
    note: isStage || daemon === '' || daemon === name ? kind : daemon,
    ...(group !== undefined && { group }),
  }
}

/** Whether its process has more than this one stage, or may have. */
function isChain({ name, stages }: Running, stage: RunningStage): boolean {
  return stage.name !== name || stages.length > 1
}

function isKind(shape: string): shape is 'source' | 'filter' | 'sink' {
  return ['source', 'filter', 'sink'].includes(shape)
}

/** Whether a stage gives to the next one of its process, without a link. */
function isJoined(stage: RunningStage, next: RunningStage): boolean {
  const pushes = stage.links.some(({ direction, output }) => direction === 'push' && output === undefined)
  const pulls = next.links.some(({ direction }) => direction === 'pull')
  return stage.shape !== 'sink' && next.shape !== 'source' && !pushes && !pulls
}

function addOutside(graph: Graph, id: string, stage: RunningStage): void {
  for (const { name, note, feeds } of outsideOf(stage)) {
    const outside = outsideNode(graph, name, note, feeds ? `in ${id}` : '')
    const [from, to] = feeds ? [outside, id] : [id, outside]
    graph.edges.push({ from, to, endpoint: name, delivery: 'outside' })
  }
}

/** The same one for all who have to do with it. */
function outsideNode({ nodes }: Graph, name: string, note: string, whose = ''): string {
  const id = `outside ${name}${whose && ` ${whose}`}`
  if (!nodes.some(node => node.id === id)) nodes.push({ id, kind: 'outside', name, note })
  return id
}

function addLinks(graph: Graph, ends: readonly End[]): void {
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
    const outside = isStream(name)
      ? outsideNode(graph, isPush ? 'standard output' : 'standard input', '', `of ${end.node}`)
      : outsideNode(graph, name, noteOf(end))
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

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
