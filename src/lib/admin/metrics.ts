import type { Receipt } from '../engine/receipt.ts'
import type { SpoolStatus } from '../spool/open-spool.ts'
import type { Stage } from '../stage/stage.ts'
import type { CertificateView } from '../tls/certificates.ts'
import type { LinkStatus } from '../transport/link.ts'
import { CERTIFICATE_METRICS } from './certificate-metrics.ts'
import type { Metric } from './metric.ts'

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
  ...spoolMetrics([
    ['sluice_spool_records', 'gauge', 'Records in the spool', ({ records }) => records],
    ['sluice_spool_bytes', 'gauge', 'Bytes in the spool', ({ bytes }) => bytes],
    [
      'sluice_spool_limit_bytes',
      'gauge',
      'Bytes that the spool may hold (--spool-limit)',
      ({ limit }) => limit,
    ],
    [
      'sluice_spool_age_seconds',
      'gauge',
      'How long the oldest record has been in the spool',
      ({ age }) => (age ?? 0) / 1000,
    ],
    [
      'sluice_spool_records_in_total',
      'counter',
      'Records that went into the spool since its file was made',
      ({ books }) => books.in,
    ],
  ]),
  {
    name: 'sluice_spool_records_out_total',
    help: 'Records of the spool by what became of them, since its file was made',
    type: 'counter',
    read: ({ spools }) =>
      spools.flatMap(spool => labelled(outcomes(spool.status.books.outcomes), spool.output)),
  },
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
  {
    name: 'sluice_link_records_total',
    help: 'Records over each link',
    type: 'counter',
    read: ({ links }) => links.map(link => ({ labels: linkLabels(link), value: link.records })),
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
  ...CERTIFICATE_METRICS.map(({ read, ...metric }) => ({
    ...metric,
    read: ({ certificates }: Stage) => certificates.flatMap(read),
  })),
  {
    name: 'sluice_link_refused_total',
    help: 'Connections that did not come in, on each bound link: a key that is not allowed, or no handshake',
    type: 'counter',
    read: ({ links }) =>
      links.flatMap(link =>
        link.refused === undefined ? [] : [{ labels: linkLabels(link), value: link.refused }],
      ),
  },
  ...linkMetrics([
    [
      'sluice_link_subscriptions',
      'gauge',
      'Different subscriptions to what is published at each link',
      ({ subscriptions }) => subscriptions,
    ],
    [
      'sluice_link_unwanted_total',
      'counter',
      'Records that nobody had subscribed to, of each link that is published at',
      ({ unwanted }) => unwanted,
    ],
    [
      'sluice_link_slow_total',
      'counter',
      'How often a subscriber had no room for more, so that it misses some',
      ({ slow }) => slow,
    ],
  ]),
  {
    name: 'sluice_link_sender_admitted_total',
    help: 'Connections that came in on each bound link with keys, by the name of their key',
    type: 'counter',
    read: ({ links }) => links.flatMap(link => bySender(link, ({ admitted }) => admitted)),
  },
  {
    name: 'sluice_link_sender_records_total',
    help: 'Records of each sender that is known by its key',
    type: 'counter',
    read: ({ links }) => links.flatMap(link => bySender(link, ({ records }) => records)),
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
    read: () => (process.cpuUsage().user + process.cpuUsage().system) / 1e6,
  },
  {
    name: 'process_resident_memory_bytes',
    help: 'Resident memory',
    type: 'gauge',
    read: () => process.memoryUsage().rss,
  },
]

/** Metrics that only a stage with a spool has. */
function spoolMetrics(
  metrics: readonly [
    name: string,
    type: 'gauge' | 'counter',
    help: string,
    read: (spool: SpoolStatus) => number,
  ][],
): (Omit<Metric, 'samples'> & { read: Read })[] {
  return metrics.map(([name, type, help, read]) => ({
    name,
    type,
    help,
    read: ({ spools }) =>
      spools.flatMap(({ status, output }) => labelled([{ labels: {}, value: read(status) }], output)),
  }))
}

/** Name, type and help of each metric, for the docs. */
export function metricDescriptions(): Omit<Metric, 'samples'>[] {
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

function outcomes({ made: _made, ...outcomes }: Receipt): Metric['samples'] {
  return Object.entries(outcomes).map(([what, value]) => {
    const [outcome = '', reason] = what.split(/:(.*)/s)
    return { labels: { outcome, ...(reason !== undefined && { reason }) }, value: value as number }
  })
}

/** What only some links have. */
function linkMetrics(
  all: readonly [string, Metric['type'], string, (link: LinkStatus) => number | undefined][],
): (Omit<Metric, 'samples'> & { read: Read })[] {
  return all.map(([name, type, help, count]) => ({
    name,
    help,
    type,
    read: ({ links }) =>
      links.flatMap(link => {
        const value = count(link)
        return value === undefined ? [] : [{ labels: linkLabels(link), value }]
      }),
  }))
}

function linkLabels({ endpoint, direction, mode, output }: LinkStatus): { [label: string]: string } {
  return { endpoint, direction, mode, ...(output !== undefined && { output }) }
}

function bySender(
  link: LinkStatus,
  value: (counted: { admitted: number; records: number }) => number,
): Metric['samples'] {
  return Object.entries(link.senders ?? {}).map(([sender, counted]) => ({
    labels: { ...linkLabels(link), sender },
    value: value(counted),
  }))
}

/** What belongs to an output of the stage says so. */
function labelled(samples: Metric['samples'], output: string | undefined): Metric['samples'] {
  if (output === undefined) return samples
  return samples.map(({ labels, value }) => ({ labels: { ...labels, output }, value }))
}
