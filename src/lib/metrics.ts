import { cpuUsage, memoryUsage } from 'node:process'
import type { Receipt } from './engine/receipt.ts'
import type { Stage } from './stage.ts'

/** A metric as `/metrics` shows it: read when somebody asks, from numbers that are counted anyway. */
export interface Metric {
  name: string
  help: string
  type: 'counter' | 'gauge'
  samples: { labels: { [label: string]: string }; value: number }[]
}

type Read = (stage: Stage) => Metric['samples']

// Written down in docs/metrics.md: these names are a promise.
const STAGE_METRICS: readonly (Omit<Metric, 'samples'> & { read: Read })[] = [
  {
    name: 'sluice_records_in_total',
    help: 'Records taken in',
    type: 'counter',
    read: ({ books }) => [{ labels: {}, value: books.taken }],
  },
  {
    name: 'sluice_records_made_total',
    help: 'Records that a filter made in addition to those that came in',
    type: 'counter',
    read: ({ books }) => [{ labels: {}, value: books.outcomes.made ?? 0 }],
  },
  {
    name: 'sluice_records_out_total',
    help: 'Records by what became of them in the end, as far as the links tell',
    type: 'counter',
    read: ({ books }) => outcomes(books.outcomes),
  },
  {
    name: 'sluice_records_held',
    help: 'Records taken in and not yet accepted downstream',
    type: 'gauge',
    read: ({ books }) => [{ labels: {}, value: books.held }],
  },
  {
    name: 'sluice_buffer_bytes',
    help: 'Bytes held in the buffer',
    type: 'gauge',
    read: stage => [{ labels: {}, value: stage.held }],
  },
  {
    name: 'sluice_buffer_limit_bytes',
    help: 'Bytes that the buffer may hold (--buffer)',
    type: 'gauge',
    read: ({ plan }) => [{ labels: {}, value: plan.values.buffer }],
  },
  {
    name: 'sluice_link_batches_total',
    help: 'Batches over each link',
    type: 'counter',
    read: ({ links }) => links.map(link => ({ labels: linkLabels(link), value: link.batches })),
  },
  {
    name: 'sluice_link_bytes_total',
    help: 'Bytes over each link',
    type: 'counter',
    read: ({ links }) => links.map(link => ({ labels: linkLabels(link), value: link.bytes })),
  },
  {
    name: 'sluice_link_peers',
    help: 'Peers that are connected to each link',
    type: 'gauge',
    read: ({ links }) =>
      links.flatMap(link =>
        link.peers === undefined ? [] : [{ labels: linkLabels(link), value: link.peers }],
      ),
  },
  {
    name: 'sluice_events_total',
    help: 'What a daemon counts beside its records, by name (docs/metrics.md)',
    type: 'counter',
    read: ({ counters }) => [...counters].map(([event, value]) => ({ labels: { event }, value })),
  },
]

const PROCESS_METRICS: readonly (Omit<Metric, 'samples'> & { read: (ready: boolean) => number })[] = [
  {
    name: 'sluice_ready',
    help: '1 when nothing is waited for (/readyz)',
    type: 'gauge',
    read: ready => (ready ? 1 : 0),
  },
  {
    name: 'process_cpu_seconds_total',
    help: 'CPU time, user and system',
    type: 'counter',
    read: () => (cpuUsage().user + cpuUsage().system) / 1e6,
  },
  {
    name: 'process_resident_memory_bytes',
    help: 'Resident memory',
    type: 'gauge',
    read: () => memoryUsage().rss,
  },
]

/** Name, type and help of each metric, for the docs. */
export function metricDescriptions(): Omit<Metric, 'samples'>[] {
  return [...STAGE_METRICS, ...PROCESS_METRICS].map(({ name, help, type }) => ({ name, help, type }))
}

/** All metrics of a process. */
export function readMetrics(stages: readonly Stage[], ready: boolean): Metric[] {
  const ofStages = STAGE_METRICS.map(({ read, ...metric }) => ({
    ...metric,
    samples: stages.flatMap(stage =>
      read(stage).map(({ labels, value }) => ({ labels: { stage: stage.name, ...labels }, value })),
    ),
  }))
  return [
    ...ofStages,
    ...PROCESS_METRICS.map(({ read, ...metric }) => ({
      ...metric,
      samples: [{ labels: {}, value: read(ready) }],
    })),
  ]
}

function outcomes({ made: _made, ...outcomes }: Receipt): Metric['samples'] {
  return Object.entries(outcomes).map(([what, value]) => {
    const [outcome = '', reason] = what.split(/:(.*)/s)
    return { labels: { outcome, ...(reason !== undefined && { reason }) }, value: value as number }
  })
}

function linkLabels({ endpoint, direction, mode }: { endpoint: string; direction: string; mode: string }) {
  return { endpoint, direction, mode }
}
