// What really runs, as a graph: daemons and stages, and who feeds whom. (Their links are in links.ts.)
import { nameOf } from '../asking/answer.ts'
import { HERE, hostOf } from '../asking/hosts.ts'
import type { Running, RunningStage } from '../asking/running.ts'
import type { Graph, GraphNode } from './graph.ts'
import { addLinks, type End } from './links.ts'
import { outsideNode, outsideOf } from './outside.ts'

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
      addOutside(graph, id, stage, host)
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

function addOutside(graph: Graph, id: string, stage: RunningStage, host: string): void {
  for (const one of outsideOf(stage)) {
    // What a source reads is its own, and so is a file that is in the daemon's own folder.
    const isOwn = one.feeds || one.name === 'sqlite:'
    const outside = outsideNode(graph, one, { host, whose: isOwn ? `in ${id}` : '' })
    const [from, to] = one.feeds ? [outside, id] : [id, outside]
    graph.edges.push({ from, to, endpoint: one.name, delivery: 'outside' })
  }
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
