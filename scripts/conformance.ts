// Runs the syslog parser over test/samples/syslog and writes docs/syslog-conformance.md: for each suite that cases were
// taken from, how many come out the same, and each difference with its reason. With --check it writes nothing, and exits
// 1 when the page is stale. A difference that nobody has explained, or an explanation without a difference, is a failure.
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { readSample, type Sample } from '../test/lib/syslog/support/sample.ts'

const root = join(import.meta.dirname, '..')
const samples = join(root, 'test/samples/syslog')
const page = join(root, 'docs/syslog-conformance.md')

/** What the suites are, and where their cases are. */
const ORIGINS: { readonly [origin: string]: string } = {
  rfc: 'the examples of RFC 3164 section 5.4 and RFC 5424 section 6.5',
  rsyslog:
    'rsyslog, tests/: parsertest-*, pmrfc3164-*, pmsnare-*, pmlastmsg, pmaixforwardedfrom, pmciscoios, rfc5424parser-*, timestamp-*',
  'syslog-ng':
    'syslog-ng, lib/tests/test_msgparse.c, lib/timeutils/tests, modules/syslogformat/tests, cisco-parser',
  'go-syslog': 'leodido/go-syslog, rfc5424 and rfc3164',
  'syslog-loose': 'syslog-loose, the parser of Vector, tests/tests.rs',
  telegraf: 'Telegraf, plugins/inputs/syslog/testcases',
  victorialogs: 'VictoriaLogs, lib/logstorage/syslog_parser_test.go',
  opennms: 'OpenNMS, syslogMessages.txt',
  sc4s: 'splunk-connect-for-syslog, tests/',
  beats: 'Beats, libbeat/reader/syslog and filebeat/input/syslog',
  crowdsec: 'CrowdSec, the parsers of its syslog acquisition',
  'nsyslog-parser': 'nsyslog-parser, test/',
  glossy: 'glossy, test/',
}

interface Difference {
  field: string
  theirs: unknown
  ours: unknown
}

interface Case extends Sample {
  name: string
  differences: Difference[]
}

const cases = globSync('*/*/input', { cwd: samples })
  .map(path => dirname(path))
  .sort()
  .map(name => compare(name, readSample(join(samples, name))))

const faults = cases.flatMap(faultsOf)
const text = pageOf(cases)
let before = ''
try {
  before = readFileSync(page, 'utf8')
} catch {}
if (process.argv.includes('--check')) {
  if (text !== before) faults.push('docs/syslog-conformance.md is stale: run npm run conformance')
} else writeFileSync(page, text)
for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exitCode = 1
else console.log(scoreOf(cases))

function compare(name: string, sample: Sample): Case {
  const fields = sample.parse()
  const differences = Object.entries(sample.expected.theirs ?? {})
    .map(([field, theirs]) => ({
      field,
      theirs,
      ours: field === 'refused' ? isRefused(fields) : (fields[field] ?? null),
    }))
    .filter(({ theirs, ours }) => !isDeepStrictEqual(theirs, ours))
  return { ...sample, name, differences }
}

function isRefused(fields: { [name: string]: unknown }): boolean {
  return fields.parse_error !== undefined || fields.error !== undefined
}

function faultsOf({ name, differences, expected: { why } }: Case): string[] {
  if (differences.length > 0 && why === undefined) {
    return [`${name}: ${differences.map(({ field }) => field).join(', ')} differ, and there is no "why"`]
  }
  return differences.length === 0 && why !== undefined ? [`${name}: there is a "why", and no difference`] : []
}

function scoreOf(all: readonly Case[]): string {
  const compared = all.filter(({ expected }) => expected.theirs !== undefined)
  const same = compared.filter(({ differences }) => differences.length === 0).length
  return `${all.length} cases; ${same} of ${compared.length} come out as the suites that they follow expect`
}

function pageOf(all: readonly Case[]): string {
  const by = Map.groupBy(all, ({ name }) => dirname(name))
  const rows = Object.entries(ORIGINS).map(([origin, where]) => {
    const own = by.get(origin) ?? []
    const different = own.filter(({ differences }) => differences.length > 0).length
    return `| [${origin}](#${origin}) | ${where} | ${own.length} | ${own.length - different} | ${different} |`
  })
  const others = [...by]
    .filter(([origin]) => !(origin in ORIGINS))
    .map(([origin, { length }]) => `${length} in ${origin}/`)
  const blocks = [
    '# How syslog of others comes out',
    'The syslog parser of the suite, run over the cases of other parsers: the same facts in words and names of our own, in ' +
      '[test/samples/syslog](../test/samples/syslog), a folder a case. `input` is what came off the wire, `expected.json` ' +
      'what comes out (`fields`), what the suite that it follows expects (`theirs`), and why that differs (`why`). ' +
      `${scoreOf(all)}; ${others.join(' and ')} follow nobody.`,
    '`npm run conformance` writes this page. A difference without a reason is a failure.',
    [
      '| Suite | Where its cases are | Cases | Same | Different |',
      '| --- | --- | --- | --- | --- |',
      ...rows,
    ].join('\n'),
    ...Object.keys(ORIGINS).map(origin => section(origin, by.get(origin) ?? [])),
  ]
  return `${blocks.join('\n\n')}\n`
}

function section(origin: string, own: readonly Case[]): string {
  const different = own.filter(({ differences }) => differences.length > 0)
  const reasons = Map.groupBy(different, ({ expected }) => expected.why ?? '')
  const rows = [...reasons].map(([why, group]) => `| ${cell(why)} | ${group.map(describe).join('<br>')} |`)
  const table = ['| Why it differs | Case: theirs, ours |', '| --- | --- |', ...rows].join('\n')
  return `## ${origin}\n\n${rows.length === 0 ? 'All come out the same.' : table}`
}

function describe({ name, differences }: Case): string {
  const link = `[${name.slice(name.indexOf('/') + 1)}](../test/samples/syslog/${name}/input)`
  return `${link}: ${differences.map(({ field, theirs, ours }) => words(field, theirs, ours)).join('; ')}`
}

function words(field: string, theirs: unknown, ours: unknown): string {
  return field === 'refused'
    ? `${theirs ? 'refused' : 'taken'}, ${ours ? 'marked' : 'read'}`
    : `${field} ${short(theirs)}, ${short(ours)}`
}

function short(value: unknown): string {
  const json = value === null ? 'none' : JSON.stringify(value)
  return value === null
    ? json
    : `\`${cell(json.length > 60 ? `${json.slice(0, 57)}…` : json).replaceAll('`', "'")}\``
}

function cell(written: string): string {
  return written.replaceAll('|', '\\|')
}
