// What one line shows of a record.
import { valuesOf } from '../../lib/query/fields.ts'
import { fieldsOf, isMeta, textOf } from '../lib/record-fields.ts'
import type { Hit } from './api.ts'

export interface Line extends Hit {
  readonly at: Date
  readonly severity: string
  readonly host: string
  readonly program: string
  readonly message: string
}

export function lineOf(hit: Hit): Line {
  const first = (field: string) => textOf(valuesOf(hit.record, field)[0])
  return {
    ...hit,
    at: new Date(hit.time),
    severity: first('severity'),
    host: first('host'),
    program: first('program'),
    message: first('message') || withoutMessage(hit.record),
  }
}

/** More of them nobody reads on one line. */
const MOST_FIELDS = 200

/** A record need not have a message; then the line shows what it has. */
function withoutMessage(record: Hit['record']): string {
  return fieldsOf(record, MOST_FIELDS)
    .filter(({ name }) => !isMeta(name) && name !== '@timestamp')
    .map(({ name, text }) => `${name}=${text}`)
    .join(' ')
}
