// What runs, as a graph: daemons and stages, and who feeds whom.

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
