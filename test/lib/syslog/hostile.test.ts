// The parser is linear in the length of the text, whatever the text is. Time says little on a busy machine,
// so steps are counted: every character that the parser looks at or copies, in its own loops and in the
// built-in functions that it calls. Its regular expressions hold no unbounded repetition, so that each looks at a few
// characters, or is sticky.

import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createParser, PAYLOADS } from '../../../src/lib/syslog/index.ts'

const parse = createParser({ schema: 'classic', timezone: 'UTC', payload: PAYLOADS })
const received = Date.UTC(2026, 9, 11)
const folder = join(import.meta.dirname, '../../../src/lib/syslog')
// An address of a peer is no text of a sender, and frames are cut from bytes before the parser sees them.
const OTHERS = ['senders.ts', 'framing.ts']
const sources = globSync('**/*.ts', { cwd: folder }).filter(file => !OTHERS.includes(file))
const read = (file: string) => readFileSync(join(folder, file), 'utf8')

type Method = (this: string, ...args: never[]) => unknown
const found = (text: string, at: number, from = 0) => (at < 0 ? text.length : at + 1) - from

/** How many characters a call of a built-in function looks at or copies. */
const COSTS: { [method: string]: (text: string, result: never, ...args: never[]) => number } = {
  charCodeAt: () => 1,
  indexOf: (text: string, at: number, _needle: string, from?: number) => found(text, at, from),
  includes: (text: string) => text.length,
  replace: (text: string) => text.length,
  split: (text: string) => text.length,
  toLowerCase: (text: string) => text.length,
  toUpperCase: (text: string) => text.length,
  slice: (_text: string, part: string) => part.length,
  startsWith: (_text: string, _result: boolean, needle: string) => needle.length,
  padEnd: (_text: string, padded: string) => padded.length,
}

function countSteps(run: () => void): number {
  let steps = 0
  const prototype = String.prototype as unknown as { [method: string]: Method }
  const originals = Object.keys(COSTS).map(name => [name, prototype[name]!] as const)
  for (const [name, original] of originals) {
    const cost = COSTS[name]!
    prototype[name] = function (...args) {
      const result = original.apply(this, args)
      steps += cost(String(this), result as never, ...args)
      return result
    }
  }
  try {
    run()
  } finally {
    for (const [name, original] of originals) prototype[name] = original
  }
  return steps
}

const header = '<34>1 2026-10-11T22:14:15Z web1 app 42 ID '
const bsd = '<34>Oct 11 22:14:15 '
const fill = (unit: string, length: number) => unit.repeat(Math.ceil(length / unit.length))
const numbered = (length: number, write: (n: number) => string) =>
  Array.from({ length: Math.ceil(length / write(9999).length) }, (_, n) => write(n)).join('')

const texts: { [name: string]: (length: number) => string } = {
  brackets: n => header + fill('[', n),
  'closing brackets': n => header + fill(']', n),
  'empty elements': n => header + fill('[]', n),
  elements: n => header + numbered(n, i => `[e${i}]`),
  'one element again and again': n => header + fill('[e a="1"]', n),
  parameters: n => `${header}[e${numbered(n, i => ` p${i}="${i}"`)}]`,
  'one parameter again and again': n => `${header}[e${fill(' p="1"', n)}]`,
  'parameters with a space too many': n => `${header}[e${fill('   p="1"', n)}`,
  quotes: n => `${header}[e p="${fill('"', n)}`,
  'an open value': n => `${header}[e p="${fill('x', n)}`,
  backslashes: n => `${header}[e p="${fill('\\', n)}`,
  'escaped quotes': n => `${header}[e p="${fill('\\"', n)}"]`,
  'open values': n => header + fill('[e p="', n),
  'spaces in an element': n => `${header}[e${fill(' ', n)}`,
  'a long SD-ID': n => `${header}[${fill('e', n)}]`,
  'a long fraction of a second': n => `<34>1 2026-10-11T22:14:15.${fill('1', n)}Z web1 app 42 ID - x`,
  'a long HOSTNAME': n => `<34>1 - ${fill('h', n)} app 42 ID - x`,
  'spaces behind VERSION': n => `<34>1${fill(' ', n)}`,
  dashes: n => `<34>1 ${fill('- ', n)}`,
  'digits of a PRI': n => `<${fill('1', n)}>`,
  'opening PRIs': n => fill('<', n),
  'many PRIs': n => fill('<34>', n),
  'a long TAG': n => `${bsd}web1 ${fill('t', n)}: x`,
  'a long process id': n => `${bsd}web1 app[${fill('1', n)}]: x`,
  'open process ids': n => `${bsd}web1 ${fill('a[', n)}`,
  'a long host': n => `${bsd}${fill('h', n)} app: x`,
  'a long address': n => `${bsd}${fill('1:', n)} app: x`,
  colons: n => `${bsd}${fill(':', n)}`,
  timestamps: n => `<34>${fill('Oct 11 22:14:15 ', n)}`,
  'text without PRI': n => fill('x', n),
  'line ends': n => `<34>x${fill('\r\n', n)}`,
  NULs: n => fill('\0', n),
  'carriage returns': n => fill('\r', n),
  'wide characters': n => bsd + fill('\u{1f600}', n),
  'spaces behind PRI': n => `<34>${fill(' ', n)}x`,
  'spaces behind TIMESTAMP': n => bsd + fill(' ', n),
  'spaces behind HOSTNAME': n => `${bsd}web1 ${fill(' ', n)}`,
  'a long fraction in BSD': n => `<34>Oct 11 22:14:15.${fill('1', n)} web1 app: x`,
  'a long fraction of seconds': n => `<34>1791756855.${fill('1', n)} web1 app: x`,
  'digits behind PRI': n => `<34>${fill('1', n)}`,
  counters: n => `<34>${fill('1: ', n)}`,
  origins: n => `<34>${fill('sw1: ', n)}`,
  'origins behind a host': n => `${bsd}sw1 ${fill('sw1: 72: ', n)}`,
  'sessions of a device': n => `<34>1: ${fill('[a b="1"]: ', n)}`,
  'parameters of a session': n => `<34>1: [a${fill(' b="1"', n)}`,
  'a list in parentheses': n => `${bsd}("${fill('a,', n)}`,
  'an address in brackets': n => `${bsd}[${fill('1:', n)}`,
  'words behind VERSION': n => `<34>1 ${fill('word ', n)}`,
  'a word behind VERSION': n => `<34>1 ${fill('w', n)}`,
  'a zone of a device': n => `<34>1: Oct 11 22:14:15.5 ${fill('Z', n)}: x`,
  nodes: n => `<34>${fill('RP/0/RSP0/CPU0:', n)}`,
  'marks of clocks': n => `<34>${fill('*.', n)}`,
  mnemonics: n => bsd + fill('%SYS-5-CONFIG_I ', n),
  'second headers': n => fill('<34>Oct 11 22:14:15 web1 ', n),
  'second headers of RFC 5424': n => `${bsd}web1 ${fill('<34>1 2026-10-11T22:14:15Z web1 app 42 ID - ', n)}`,
  'forwarded messages': n => bsd + fill('Message forwarded from web1: ', n),
  'names with commas': n => bsd + fill('a,', n),
  'names with slashes': n => bsd + fill('a1/', n),
  'double colons': n => `${bsd}web1 ${fill('a::', n)}`,
  'repeated messages': n => `${bsd}web1 ${fill('message repeated 5 times: [ ', n)}]`,
  'a header without VERSION': n => `${bsd}web1 app - - ${fill('[a b="1"]', n)}x`,
  'values without quotes': n => `${header}[e${fill(' p=1', n)}]`,
  'values of Check Point': n => `${header}[${fill('p:"1"; ', n)}]`,
  'JSON that is none': n => `<34>{"a":${fill('[', n)}`,
  'keys of JSON': n => `<34>{${numbered(n, i => `"k${i}":1,`)}"@meta":{}}`,
  'extensions of CEF': n => `<34>CEF:0|a|b|c|d|e|f|${numbered(n, i => `k${i}=v `)}`,
  'one key of CEF': n => `<34>CEF:0|a|b|c|d|e|f|${fill('k=v ', n)}`,
  'equals signs in CEF': n => `<34>CEF:0|a|b|c|d|e|f|${fill('=', n)}`,
  'a long key of CEF': n => `<34>CEF:0|a|b|c|d|e|f|${fill('k', n)}=1`,
  'backslashes in CEF': n => `<34>CEF:0|a|b|c|d|e|f|k=${fill('\\', n)}`,
  'pipes of CEF': n => `<34>CEF:${fill('|', n)}`,
  'attributes of LEEF': n => `<34>LEEF:1.0|a|b|c|d|${numbered(n, i => `k${i}=v\t`)}`,
  'pairs of names and values': n => `<34>${numbered(n, i => `k${i}=v `)}`,
  'names and values with pipes': n => `<34>${fill('k=v|', n)}`,
  'quotes in names and values': n => `<34>k="${fill('\\"', n)}`,
  'words behind a pair': n => `<34>k=v ${fill('word ', n)}`,
}

const LENGTH = 64 * 1024
const STEPS_A_CHARACTER = 8

for (const [name, write] of Object.entries(texts)) {
  test(`steps for ${name}`, () => {
    for (const length of [LENGTH / 4, LENGTH]) {
      const text = write(length)
      const steps = countSteps(() => parse(text, received))
      assert.ok(
        steps <= STEPS_A_CHARACTER * text.length + 1000,
        `${steps} steps for ${text.length} characters`,
      )
    }
  })
}

test('the steps of every function on strings that the parser calls are counted', () => {
  const uncounted = Object.getOwnPropertyNames(String.prototype).filter(name => !(name in COSTS))
  for (const file of sources) {
    for (const [, name] of read(file).matchAll(/\.(\w+)\(/g)) {
      assert.ok(!uncounted.includes(name!), `${file} calls ${name}`)
    }
  }
})

test('no regular expression holds an unbounded repetition', () => {
  let count = 0
  for (const file of sources) {
    const code = read(file).replace(/^\s*(?:\/\/|\*|\/\*).*$/gm, '')
    for (const [literal] of code.matchAll(
      /(?<=[=(] ?)\/(?![/*])(?:\\.|\[(?:\\.|[^\]])*\]|[^/\n\\[])+\/[a-z]*/g,
    )) {
      const pattern = literal.replace(/\\.|\[(?:\\.|[^\]])*\]/g, 'x')
      assert.doesNotMatch(pattern, /[*+]|\{\d+,\}/, `${file}: ${literal}`)
      count++
    }
  }
  assert.ok(count > 15, `only ${count} were found`)
})
