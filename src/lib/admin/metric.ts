import type { Stage } from '../stage/stage.ts'

/** A metric as `/metrics` shows it: read when somebody asks, from numbers that are counted anyway. */
export interface Metric {
  name: string
  help: string
  type: 'counter' | 'gauge'
  samples: { labels: { [label: string]: string }; value: number }[]
}

/** A metric without its figures. */
export type Described = Omit<Metric, 'samples'>

/** A metric of which each stage has its own. */
export type StageMetric = Described & { read(stage: Stage): Metric['samples'] }
