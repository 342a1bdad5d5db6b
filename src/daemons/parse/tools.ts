// What the flags ask for: a format, and how times are read.

import { Misuse } from '../../lib/index.ts'
import { readWhole } from '../../lib/read-file.ts'
import { createZone } from '../../lib/syslog/timezone.ts'
import { createCombined } from './combined.ts'
import { createCsv } from './csv.ts'
import { createDelimited } from './delimited.ts'
import { definitionsWith, readGrok } from './grok.ts'
import { createJson } from './json.ts'
import { createKv } from './kv.ts'
import type { Format } from './outcome.ts'
import { createRegex, readRegex } from './regex.ts'
import { createReadTime, type ReadTime } from './time.ts'
import { createPut, createRetype, type Put, type Retype, readFields, readTypes, type Type } from './typed.ts'

export const FORMATS = ['json', 'kv', 'delimited', 'csv', 'regex', 'grok', 'combined'] as const

export interface FormatOptions {
  as: (typeof FORMATS)[number]
  fields: string | undefined
  delimiter: string | undefined
  pattern: readonly string[]
  patterns: readonly string[]
  pairSeparator: string | undefined
  valueSeparator: string
  trim: boolean
  types: string | undefined
  timeFormat: readonly string[]
  timezone: string
  schema: 'classic' | 'ecs'
}

/** What belongs to one format, and says nothing to the others. */
const ONLY: { readonly [key in keyof FormatOptions]?: readonly FormatOptions['as'][] } = {
  fields: ['delimited', 'csv'],
  delimiter: ['delimited', 'csv'],
  pattern: ['regex', 'grok'],
  patterns: ['grok'],
}

export interface Tools {
  format: Format
  readTime: ReadTime
}

/** Throws Misuse for options that do not go together, or a pattern that is none. */
export function createTools(options: FormatOptions): Tools {
  checkTogether(options)
  try {
    const types = options.types === undefined ? new Map<string, Type>() : readTypes(options.types)
    const readTime = createReadTime(options.timeFormat, createZone(options.timezone))
    const put = createPut(types, readTime, options.trim)
    const retype = types.size > 0 ? createRetype(types, readTime, options.trim) : undefined
    return { format: createFormat(options, { put, retype, readTime }), readTime }
  } catch (error) {
    if (error instanceof RangeError) throw new Misuse(`--as ${options.as}: ${error.message}`)
    throw error
  }
}

function checkTogether(options: FormatOptions): void {
  const { as, fields, pattern } = options
  for (const [key, formats] of Object.entries(ONLY)) {
    const given = options[key as keyof FormatOptions]
    if (given === undefined || (Array.isArray(given) && given.length === 0) || formats.includes(as)) continue
    throw new Misuse(`--${key} says nothing to --as ${as}; it is for ${formats.join(' and ')}`)
  }
  if (options.delimiter === '' || options.valueSeparator === '' || options.pairSeparator === '')
    throw new Misuse('a delimiter or separator is empty; leave the flag out for the usual one')
  if (ONLY.fields!.includes(as) && fields === undefined)
    throw new Misuse(`--as ${as} needs names: write for example --fields facility:int,severity:int,message`)
  if (ONLY.pattern!.includes(as) && pattern.length === 0)
    throw new Misuse(
      as === 'grok'
        ? "--as grok needs a pattern: write for example --pattern '%{IP:client} %{WORD:method}'"
        : "--as regex needs a pattern: write for example --pattern '^(?<user>\\w+) logged in'",
    )
}

function createFormat(
  options: FormatOptions,
  { put, retype, readTime }: { put: Put; retype: Retype | undefined; readTime: ReadTime },
): Format {
  const { as, fields = '', delimiter, pattern } = options
  switch (as) {
    case 'json':
      return createJson(retype)
    case 'kv':
      return createKv(options, put)
    case 'delimited':
      return createDelimited(readFields(fields), delimiter ?? '|', put)
    case 'csv':
      return createCsv(readFields(fields), delimiter ?? ',', put)
    case 'regex':
      return createRegex(pattern.map(readRegex), put)
    case 'grok': {
      const definitions = definitionsWith(options.patterns.map(readDefinitions))
      return createRegex(
        pattern.map(one => readGrok(one, definitions)),
        put,
      )
    }
    case 'combined':
      return createCombined(options.schema, readTime)
  }
}

function readDefinitions(path: string): string {
  try {
    return readWhole(path).toString()
  } catch (error) {
    throw new Misuse(`--patterns ${path}: ${(error as Error).message}`)
  }
}
