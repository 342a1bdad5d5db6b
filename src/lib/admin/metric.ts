/** A metric as `/metrics` shows it: read when somebody asks, from numbers that are counted anyway. */
export interface Metric {
  name: string
  help: string
  type: 'counter' | 'gauge'
  samples: { labels: { [label: string]: string }; value: number }[]
}
