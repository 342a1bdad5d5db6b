import type { Stage } from '../stage/stage.ts'
import type { CertificateView } from '../tls/certificates.ts'
import { CERTIFICATE_METRICS } from './certificate-metrics.ts'
import { LINK_METRICS } from './link-metrics.ts'
import type { Described, Metric, StageMetric } from './metric.ts'
import { labelled, outcomes } from './samples.ts'
import { SPOOL_METRICS } from './spool-metrics.ts'

// Written down in docs/metrics.md: these names are a promise.
const STAGE_METRICS: readonly StageMetric[] = [
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
    read: ({ held, outputs }) => [
      { labels: {}, value: held },
      ...outputs.flatMap(({ name, buffer }) => labelled([{ labels: {}, value: buffer.held }], name)),
    ],
  },
  {
    name: 'sluice_buffer_limit_bytes',
    help: 'Bytes that the buffer may hold (--buffer)',
    type: 'gauge',
    read: ({ plan, outputs }) => [
      { labels: {}, value: plan.values.buffer },
      ...outputs.flatMap(({ name, buffer }) => labelled([{ labels: {}, value: buffer.limit }], name)),
    ],
  },
  ...SPOOL_METRICS,
  {
    name: 'sluice_output_records_in_total',
    help: 'Records put into each output of a filter that has several',
    type: 'counter',
    read: ({ outputs }) =>
      outputs.flatMap(({ name, books }) => labelled([{ labels: {}, value: books.taken }], name)),
  },
  {
    name: 'sluice_output_records_out_total',
    help: 'Records of each output by what became of them',
    type: 'counter',
    read: ({ outputs }) => outputs.flatMap(({ name, books }) => labelled(outcomes(books.outcomes), name)),
  },
  ...LINK_METRICS,
  ...CERTIFICATE_METRICS.map(({ read, ...metric }) => ({
    ...metric,
    read: ({ certificates }: Stage) => certificates.flatMap(read),
  })),
  {
    name: 'sluice_events_total',
    help: 'What a daemon counts beside its records, by name (docs/metrics.md)',
    type: 'counter',
    read: ({ counters }) => [...counters].map(([event, value]) => ({ labels: { event }, value })),
  },
]

const PROCESS_METRICS: readonly (Described & { read: (ready: boolean) => number })[] = [
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
    read: () => (process.cpuUsage().user + process.cpuUsage().system) / 1e6,
  },
  {
    name: 'process_resident_memory_bytes',
    help: 'Resident memory',
    type: 'gauge',
    read: () => process.memoryUsage().rss,
  },
]

/** Name, type and help of each metric, for the docs. */
export function metricDescriptions(): Described[] {
  return [...STAGE_METRICS, ...PROCESS_METRICS].map(({ name, help, type }) => ({ name, help, type }))
}

/**
 * All metrics of a process.
 * @param certificates those of the admin face
 */
export function readMetrics(
  stages: readonly Stage[],
  ready: boolean,
  certificates: readonly CertificateView[] = [],
): Metric[] {
  const ofStages = STAGE_METRICS.map(({ read, ...metric }) => ({
    ...metric,
    samples: [
      ...stages.flatMap(stage =>
        read(stage).map(({ labels, value }) => ({ labels: { stage: stage.name, ...labels }, value })),
      ),
      ...CERTIFICATE_METRICS.filter(({ name }) => name === metric.name).flatMap(own =>
        certificates.flatMap(own.read),
      ),
    ],
  }))
  return [
    ...ofStages,
    ...PROCESS_METRICS.map(({ read, ...metric }) => ({
      ...metric,
      samples: [{ labels: {}, value: read(ready) }],
    })),
  ]
}
