// The parser is linear in the length of the text, whatever the text is. Time says little on a busy machine,
// so steps are counted: every character that the parser looks at or copies, in its own loops and in the
// built-in functions that it calls. Its regular expressions are sticky and hold no unbounded repetition.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { createParser } from '../../../src/lib/syslog/index.ts'

const parse = createParser({ schema: 'classic', timezone: 'UTC' })
const received = Date.UTC(2026, 9, 11)
const source = new URL('../../../src/lib/syslog/', import.meta.url)

type Method = (this: string, ...args: never[]) => unknown
const found = (text: string, at: number, from = 0) => (at < 0 ? text.length : at + 1) - from

/** How many characters a call of a built-in function looks at or copies. */
const COSTS: { [method: string]: (text: string, result: never, ...args: never[]) => number } = {
  charCodeAt: () => 1,
  indexOf: (text: string, at: number, _needle: string, from?: number) => found(text, at, from),
  includes: (text: string) => text.length,
  replace: (text: string) => text.length,
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
  for (const file of readdirSync(source)) {
    const text = readFileSync(new URL(file, source), 'utf8')
    for (const [, name] of text.matchAll(/\.(\w+)\(/g)) {
      assert.ok(!uncounted.includes(name!), `${file} calls ${name}`)
    }
  }
})
