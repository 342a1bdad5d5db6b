import type { SpoolStatus } from '../spool/open-spool.ts'
import type { StageMetric } from './metric.ts'
import { labelled, outcomes } from './samples.ts'

/** Of stages with a spool, and of outputs with one. */
export const SPOOL_METRICS: readonly StageMetric[] = [
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
]

function spoolMetrics(
  metrics: readonly [
    name: string,
    type: 'gauge' | 'counter',
    help: string,
    read: (spool: SpoolStatus) => number,
  ][],
): StageMetric[] {
  return metrics.map(([name, type, help, read]) => ({
    name,
    type,
    help,
    read: ({ spools }) =>
      spools.flatMap(({ status, output }) => labelled([{ labels: {}, value: read(status) }], output)),
  }))
}
