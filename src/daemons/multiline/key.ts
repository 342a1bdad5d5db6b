// Lines of different origins must not be mixed: what an origin is.

import type { LogRecord } from '../../lib/index.ts'
import { eachPlace, type Holder, routeOf } from '../../lib/query/places.ts'

/** Makes one text of the values of these fields; `a.b` is b in a. */
export function createKeyOf(fields: string): (record: LogRecord) => string {
  const routes = fields
    .split(',')
    .map(field => field.trim())
    .filter(Boolean)
    .map(routeOf)
  let key = ''
  const add = (holder: Holder, name: string) => {
    // A text is in quotes, so that no value can look like another one's, or like two.
    key += `${JSON.stringify(holder[name])};`
  }
  return record => {
    key = ''
    for (const route of routes) {
      eachPlace(record, route, add)
      key += ','
    }
    return key
  }
}
