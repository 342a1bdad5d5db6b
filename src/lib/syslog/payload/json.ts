// A JSON object: `{"level":"info"}`, or CEE's `@cee: {"level":"info"}`.
//
// | case                             | what is done                                                   |
// |----------------------------------|----------------------------------------------------------------|
// | numbers that no double can hold  | kept as they came, as everywhere in the suite                  |
// | anything behind the object, `NaN` | no JSON                                                       |
// | a list, a text, a number         | no object, and therefore none of ours                          |
// | `__proto__` and its like         | keys as any others                                             |

import { parseJson } from '../../json.ts'
import { isObject } from '../../record.ts'
import { behindSpaces } from '../scan.ts'
import type { Fields } from '../schema.ts'

const COOKIE = '@cee:'
const OPEN = 0x7b

export function readJson(content: string): Fields | undefined {
  const start = behindSpaces(content, content.startsWith(COOKIE) ? COOKIE.length : 0)
  if (content.charCodeAt(start) !== OPEN) return undefined
  try {
    const value = parseJson(content.slice(start))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
