import type { Asking, Filtered } from '../daemon.ts'
import type { LogRecord } from '../record.ts'

/** What a filter returns of a record at this index of its batch. */
export type FilterIndexed = (record: LogRecord, index: number) => Filtered | Promise<Filtered>

/**
 * Asks for the records of a batch, at once. Settles when there is an answer and those before it are entered, with
 * what to call for each record. Never fails.
 */
export async function answersOf(
  asking: Asking,
  records: readonly LogRecord[],
  before: Promise<void> | undefined,
): Promise<FilterIndexed> {
  let asked: Promise<FilterIndexed>
  try {
    asked = asking.ask(records)
    // It is listened to later, and must not end the process until then.
    asked.catch(() => {})
  } catch (error) {
    asked = Promise.reject(error)
  }
  await before
  return asked.catch(error => () => {
    throw error
  })
}
