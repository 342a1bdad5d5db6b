import type { LogRecord } from '../../lib/index.ts'
import { compileIndexName } from './index-name.ts'

/** A record as the two lines of a bulk request: what to do, and the document. */
export type ToDocument = (record: LogRecord) => { action: string; source: string }

/** Documents go as `create` under the record's id: a repeat is answered with 409 and changes nothing. */
export function createDocuments(index: string, meta: 'keep' | 'drop'): ToDocument {
  const name = compileIndexName(index)
  const nameOf = typeof name === 'string' ? () => name : name
  return record => ({
    action: JSON.stringify({ create: { _index: nameOf(record), _id: record['@meta'].id } }),
    source: JSON.stringify(meta === 'keep' ? record : withoutMeta(record)),
  })
}

/** The original bytes are data and stay. */
function withoutMeta({ '@meta': { bytes }, ...fields }: LogRecord): object {
  return bytes === undefined ? fields : { '@meta': { bytes }, ...fields }
}
