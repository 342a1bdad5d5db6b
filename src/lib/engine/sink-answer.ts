// What a sink answers: which records of a batch were not simply stored.
import { inspect } from 'node:util'
import type { Exception } from '../daemon.ts'
import { Fatal } from '../errors.ts'
import type { Refused } from '../reader.ts'
import type { LogRecord } from '../record.ts'
import type { Outcome, Receipt } from './receipt.ts'

const WRITE_ANSWERS =
  "resolves to nothing, or to a list of [index, 'duplicate'], [index, { dead: reason }] and [index, { dropped: reason }]"

/** Not repairable: the batch is written, and what became of which of its records is not known. */
export function checkExceptions(exceptions: readonly Exception[], records: number): void {
  if (!Array.isArray(exceptions)) throw new Fatal(`write: ${WRITE_ANSWERS}, not ${inspect(exceptions)}`)
  const seen = new Set<number>()
  for (const [index, fate] of exceptions) {
    if (!Number.isInteger(index) || index < 0 || index >= records || seen.has(index))
      throw new Fatal(`write: answered for record ${index} of ${records}, which is not there or answered for`)
    if (!isFate(fate)) throw new Fatal(`write: ${WRITE_ANSWERS}, not [${index}, ${inspect(fate)}]`)
    seen.add(index)
  }
}

function isFate(fate: Exception[1]): boolean {
  if (typeof fate !== 'object' || fate === null) return fate === 'duplicate'
  return typeof ('dropped' in fate ? fate.dropped : fate.dead) === 'string'
}

/** Those that could not be written, and that the sink has not kept itself. */
export function deadOf(exceptions: readonly Exception[], record: (index: number) => LogRecord): Refused[] {
  return exceptions.flatMap(([index, fate]) => {
    if (fate === 'duplicate' || 'dropped' in fate || fate.kept) return []
    const { dead: reason, detail } = fate
    return detail === undefined
      ? { record: record(index), reason }
      : { record: record(index), reason, detail }
  })
}

/** The receipt of a batch of which `refused` lines could not be read and the rest was written with these exceptions. */
export function receiptOf(written: number, refused: number, exceptions: readonly Exception[]): Receipt {
  const receipt: Receipt = {}
  const add = (outcome: Outcome, count: number) => {
    if (count > 0) receipt[outcome] = (receipt[outcome] ?? 0) + count
  }
  add('stored', written - exceptions.length)
  for (const [, fate] of exceptions) add(outcomeOf(fate), 1)
  add('dead', refused)
  return receipt
}

function outcomeOf(fate: Exception[1]): Outcome {
  if (fate === 'duplicate') return fate
  return 'dropped' in fate ? `dropped:${fate.dropped}` : 'dead'
}
