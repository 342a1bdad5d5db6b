import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { recordOf } from '../../lib/own-lines.ts'
import { createFormat } from '../../lib/transport/pretty.ts'

export interface Printer {
  /** Whether it is a record, and not a word about those that were missed. */
  isRecord(line: string): boolean
  /** Resolves when there is room for the next one. */
  print(line: string): Promise<void>
}

const MISSED = /^\{"@meta":\{"missed":(\d+)\}\}$/

/**
 * Prints for a person, or as it came.
 * @param tell for what is no record
 */
export function createPrinter(out: Writable, isPretty: boolean, tell: (line: string) => void): Printer {
  const format = createFormat(out)
  const textOf = (line: string) => {
    if (!isPretty) return `${line}\n`
    const record = recordOf(line) ?? { '@meta': { id: '' }, message: line }
    return format([record])
  }
  return {
    isRecord: line => !MISSED.test(line),
    async print(line) {
      const [, missed] = MISSED.exec(line) ?? []
      if (missed !== undefined && isPretty) tell(`${missed} went by unseen`)
      else if (!out.write(textOf(line)) && !out.destroyed) await roomIn(out)
    },
  }
}

/** Resolves when it takes more, or is gone. */
async function roomIn(out: Writable): Promise<void> {
  const over = new AbortController()
  const { signal } = over
  try {
    await Promise.race([once(out, 'drain', { signal }), once(out, 'close', { signal })])
  } finally {
    // Else the one that did not come would be listened for until the end.
    over.abort()
  }
}
