import { bytes, choice, duration, path } from '../options.ts'

// The options of a push side: its one buffer, in memory or on disk, and its policy.

export const memoryOptions = {
  buffer: bytes('Memory for records not yet accepted downstream', '64MiB'),
  batchBytes: bytes('Join small batches up to this size', '512KiB'),
  batchDelay: duration('Wait at most so long for a batch to fill', '5ms'),
}

export const spoolOptions = {
  spool: path('Keep records in NAME.spool in this folder until they are accepted downstream', 'write'),
  spoolLimit: bytes('Size at which the spool is full', '10GiB'),
}

export const POLICIES = ['block', 'drop-oldest', 'drop-newest'] as const

/** @param policies those that make sense there */
export function policyOption(policies: readonly Policy[], written: Policy) {
  return choice('What to do when the buffer, or the spool, is full', policies, written)
}

export type Policy = (typeof POLICIES)[number]
