// A case: a folder with `input`, what came off the wire, byte for byte, and `expected.json`.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  createParser,
  type Fields,
  type ParserOptions,
  parseNetwork,
} from '../../../../src/lib/syslog/index.ts'

export interface Expected {
  options: Omit<ParserOptions, 'timezoneOf'> & { timezoneOf?: string[] }
  /** When it was received, epoch milliseconds. */
  received: number
  /** Who sent it. */
  peer?: string
  /** What comes out, in this order. */
  fields: Fields
  /** What the suite that the case was taken from expects of it, as far as it says; null is none. */
  theirs?: { [field: string]: unknown }
  /** Why what comes out differs from that. */
  why?: string
}

export interface Sample {
  expected: Expected
  parse(): Fields
}

export function readSample(folder: string): Sample {
  const expected: Expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'))
  const { options, received, peer } = expected
  const { timezoneOf = [], ...others } = options
  const parse = createParser({ ...others, timezoneOf: timezoneOf.map(parseNetwork) })
  return { expected, parse: () => parse(readFileSync(join(folder, 'input'), 'utf8'), received, peer) }
}
