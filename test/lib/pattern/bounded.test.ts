// The proof against a matcher that backtracks and counts its steps: where it says "linear", no text may take more.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isBounded } from '../../../src/lib/pattern/bounded.ts'
import { includes } from '../../../src/lib/pattern/characters.ts'
import type { Node } from '../../../src/lib/pattern/node.ts'
import { parsePattern } from '../../../src/lib/pattern/syntax.ts'
import * as random from './random.ts'

const RUNS = process.env.SLUICE_FAULTS === 'long' ? 100_000 : 2_000
/** A text of so many times the length takes that many times the steps; it would be 64 times with two loops in turn. */
const [SHORT, FACTOR] = [100, 8]

type Continue = (at: number) => boolean

/** Counts how often a character is compared by a matcher that backtracks, as RegExp does. */
function countSteps(node: Node, text: string): number {
  let steps = 0
  const match = (node: Node, at: number, then: Continue): boolean => {
    switch (node.type) {
      case 'set':
        steps++
        return at < text.length && includes(node.ranges, text.charCodeAt(at)) && then(at + 1)
      case 'assertion':
        return isFulfilled(node.what, text, at) && then(at)
      case 'group':
        return match(node.item, at, then)
      case 'choice':
        return node.items.some(item => match(item, at, then))
      case 'sequence':
        return sequence(node.items, 0, at, then)
      case 'repeat':
        return repeat(node, 0, at, then)
    }
  }
  const sequence = (items: Node[], n: number, at: number, then: Continue): boolean =>
    n === items.length ? then(at) : match(items[n]!, at, next => sequence(items, n + 1, next, then))
  const repeat = (node: Node & { type: 'repeat' }, n: number, at: number, then: Continue): boolean => {
    const more = () =>
      n < node.max &&
      match(node.item, at, next => (next > at || n < node.min) && repeat(node, n + 1, next, then))
    if (n < node.min) return more()
    return node.lazy ? then(at) || more() : more() || then(at)
  }
  match(node, 0, () => true)
  return steps
}

function isFulfilled(what: string, text: string, at: number): boolean {
  if (what === 'start') return at === 0
  if (what === 'end') return at === text.length
  const word = (n: number) => /\w/.test(text[n] ?? ' ')
  return (word(at) !== word(at - 1)) === (what === 'boundary')
}

/** Texts that are one piece again and again, and then something else: what is hard for backtracking. */
const pumped = fc.tuple(
  random.text,
  random.text.filter(text => text !== ''),
  random.text,
)

test('no text takes more steps than a pattern that was proved allows', t => {
  let proved = 0
  const report = fc.check(
    fc.property(random.pattern, fc.array(pumped, { minLength: 3, maxLength: 3 }), (pattern, texts) => {
      const node = parsePattern(pattern)
      if (!node || !isBounded(node, false)) return
      proved++
      for (const [head, unit, end] of texts) {
        const stepsFor = (length: number) =>
          countSteps(node, head + unit.repeat(Math.ceil(length / unit.length)) + end)
        const [short, long] = [stepsFor(SHORT), stepsFor(SHORT * FACTOR)]
        assert.ok(
          long <= 2 * FACTOR * short + 500,
          `${short} and ${long} steps: ${JSON.stringify([head, unit, end])}`,
        )
      }
    }),
    { numRuns: RUNS },
  )
  t.diagnostic(`seed ${report.seed}; ${proved} patterns were proved`)
  assert.ok(!report.failed, fc.defaultReportMessage(report) ?? '')
  assert.ok(proved > RUNS / 20)
})

test('the matcher that counts finds what is not linear', () => {
  const steps = (pattern: string, length: number) =>
    countSteps(parsePattern(pattern)!, `${'a'.repeat(length)}!`)
  assert.ok(steps('^(a+)+$', 18) > 2 ** 18)
  assert.ok(steps('^a*a*x', 200) > 20_000)
  assert.ok(steps('^a*x', 200) < 1000)
})
