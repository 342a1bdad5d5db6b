// The names of fields that mean the same in all records, and where a record has them. Names of the syslog schemas
// (../syslog/schema.ts) come first, then what other programs call them.

import { eachPlace, type Route, routeOf } from './places.ts'
import { eachElement, eachScalar, type Scalar, scalarOf } from './walk.ts'

const PATHS: ReadonlyMap<string, readonly string[]> = new Map([
  ['severity', ['syslog_severity', 'log.syslog.severity.name', 'severity', 'level', 'log.level']],
  ['facility', ['syslog_facility', 'log.syslog.facility.name', 'facility']],
  // `host` is a string in the classic schema and an object in ECS, which has no scalar value.
  ['host', ['host', 'host.name', 'host.hostname', 'hostname', 'log.syslog.hostname']],
  ['program', ['syslog_program', 'process.name', 'log.syslog.appname', 'program', 'app', 'appname']],
  ['pid', ['syslog_pid', 'process.pid', 'log.syslog.procid', 'pid', 'procid']],
  ['msgid', ['syslog_msgid', 'log.syslog.msgid', 'msgid']],
  ['message', ['message']],
  ['time', ['@timestamp', 'timestamp', 'time']],
])

const CANONICAL = new Map([...PATHS].flatMap(([name, paths]) => [name, ...paths].map(path => [path, name])))

/** The eight names that mean the same in all records. */
export const CANONICAL_NAMES: readonly string[] = [...PATHS.keys()]

/** `syslog_program` and `process.name` to `program`; a name without an alias stays. */
export function canonicalName(written: string): string {
  return CANONICAL.get(written) ?? written
}

/**
 * The scalar values of a canonical name or of a dotted path, each once. A list gives its elements, and a list on the
 * way is looked into; a key that has dots itself is found as well.
 */
export function valuesOf(record: object, field: string): unknown[] {
  const values: Scalar[] = []
  eachAt(record, field, value => {
    const scalar = scalarOf(value)
    if (scalar !== undefined) values.push(scalar)
  })
  return values.length > 1 ? [...new Set(values)] : values
}

/** Whether there is a scalar value at or below the field: an object that holds one counts, `null` does not. */
export function hasField(record: object, field: string): boolean {
  let found = false
  const visit = () => {
    found = true
  }
  eachAt(record, field, value => found || eachScalar(value, visit))
  return found
}

/** What is found under the canonical name or path; lists are opened. */
function eachAt(record: object, field: string, visit: (value: unknown) => void): void {
  for (const route of routesOf(field))
    eachPlace(record, route, (holder, key) => eachElement(holder[key], visit))
}

/** Those of the canonical names are looked up in every record that is stored: parted once, and not each time. */
const ROUTES: ReadonlyMap<string, readonly Route[]> = new Map(
  [...PATHS].map(([name, paths]) => [name, paths.map(routeOf)]),
)

/** Where a record may have what is called so: several ways for one of the eight names, else the name is the path. */
export function routesOf(name: string): readonly Route[] {
  return ROUTES.get(name) ?? [routeOf(name)]
}

/** The same of what a template or a key names: of an event, whose own fields are in `data`, a plain name is found there as well. */
export function routesOfField(name: string): readonly Route[] {
  const routes = routesOf(name)
  return ROUTES.has(name) || name.includes('.') ? routes : [...routes, routeOf(`data.${name}`)]
}

/** Keyword of each severity by its rank, the worst first (RFC 5424 table 2). */
export const SEVERITY_WORDS = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'] as const

// The keywords of syslog.conf(5) and the RFC's own words; `fatal` and `trace` are what pino-syslog makes of them.
const RANKS: ReadonlyMap<string, number> = new Map([
  ...SEVERITY_WORDS.map((word, rank): [string, number] => [word, rank]),
  ...SEVERITY_WORDS.map((_, rank): [string, number] => [String(rank), rank]),
  ['panic', 0],
  ['emergency', 0],
  ['critical', 2],
  ['fatal', 2],
  ['error', 3],
  ['warn', 4],
  ['information', 6],
  ['informational', 6],
  ['trace', 7],
])

/** The rank of a severity, 0 emerg to 7 debug, by its word in any case or by its number. */
export function severityRank(word: string | number): number | undefined {
  return RANKS.get(String(word).toLowerCase())
}

/** The ranks that have a word which begins so, the worst first: of `e` those of emerg and err. */
export function severityRanks(beginning: string): number[] {
  const folded = beginning.toLowerCase()
  const ranks = [...RANKS].filter(([word]) => word.startsWith(folded)).map(([, rank]) => rank)
  return [...new Set(ranks)].sort((a, b) => a - b)
}
