import type { LinkStatus } from '../transport/link.ts'
import type { Metric, StageMetric } from './metric.ts'

export const LINK_METRICS: readonly StageMetric[] = [
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
]

/** What only some links have. */
function linkMetrics(
  all: readonly [string, Metric['type'], string, (link: LinkStatus) => number | undefined][],
): StageMetric[] {
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
