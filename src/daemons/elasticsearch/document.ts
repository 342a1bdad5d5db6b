import type { LogRecord } from '../../lib/index.ts'
import { compileIndexName } from './index-name.ts'

/** A record as the two lines of a bulk request: what to do, and the document. Both with LF. */
export type ToDocument = (record: LogRecord) => string

/** Documents go as `create` under the record's id: a repeat is answered with 409 and changes nothing. */
export function createDocuments(index: string, meta: 'keep' | 'drop'): ToDocument {
  const name = compileIndexName(index)
  const nameOf = typeof name === 'string' ? () => name : name
  return record => {
    const document = meta === 'keep' ? record : withoutMeta(record)
    return `${actionHead(nameOf(record))}${record['@meta'].id}${ACTION_TAIL}${JSON.stringify(document)}\n`
  }
}

/** What stands before the id: neither index names nor ids have anything that JSON escapes. */
export function actionHead(index: string): string {
  return `{"create":{"_index":"${index}","_id":"`
}

export const ACTION_TAIL = '"}}\n'

/** The original bytes are data and stay. */
function withoutMeta({ '@meta': { bytes }, ...fields }: LogRecord): object {
  return bytes === undefined ? fields : { '@meta': { bytes }, ...fields }
}
