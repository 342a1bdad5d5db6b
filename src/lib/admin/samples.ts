import type { Receipt } from '../engine/receipt.ts'
import type { Metric } from './metric.ts'

/** What became of records, by outcome and reason. */
export function outcomes({ made: _made, ...outcomes }: Receipt): Metric['samples'] {
  return Object.entries(outcomes).map(([what, value]) => {
    const [outcome = '', reason] = what.split(/:(.*)/s)
    return { labels: { outcome, ...(reason !== undefined && { reason }) }, value: value as number }
  })
}

/** What belongs to an output of the stage says so. */
export function labelled(samples: Metric['samples'], output: string | undefined): Metric['samples'] {
  if (output === undefined) return samples
  return samples.map(({ labels, value }) => ({ labels: { ...labels, output }, value }))
}
