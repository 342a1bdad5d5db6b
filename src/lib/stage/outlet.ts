import { Outlet, type OutletOptions } from '../engine/outlet.ts'
import type { Outgoing, PushSide, Target } from '../engine/target.ts'
import type { OpenedSpool } from '../spool/open-spool.ts'
import type { StageValues } from './options.ts'

/** The push side of a stage: its buffer, in memory or on disk, before its links or before its neighbour. */
export function createOutlet(
  values: StageValues,
  links: readonly Outgoing[],
  next: Target | undefined,
  spool: OpenedSpool | undefined,
  told: Pick<OutletOptions, 'refuse' | 'dropped' | 'pressure' | 'eager' | 'lost'>,
): PushSide {
  const { batchBytes, batchDelay, buffer, spoolLimit, whenFull, maxRecord } = values
  // What is joined is dropped as a whole, and while it is being joined not at all; where the buffer is full before that, it
  // waits for the delay.
  const room = Math.min(buffer, (spool && spoolLimit) ?? buffer)
  const batch = { bytes: Math.min(batchBytes, room / 4), delay: batchDelay }
  const options: OutletOptions = {
    links: next ? [neighbour(next)] : links,
    // A neighbour in the same process takes batches as they come: there is nothing to save by joining them.
    batch: next && !spool ? { bytes: 0, delay: 0 } : batch,
    buffer,
    whenFull: whenFull ?? 'block',
    maxRecord,
    ...told,
  }
  return spool ? spool.createOutlet(options) : new Outlet(options)
}

/** The stage behind, as a link that takes records as they are. */
function neighbour(next: Target): Outgoing {
  return { form: 'records', accept: batch => next.accept(batch), room: () => next.room() }
}
