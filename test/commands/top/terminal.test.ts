import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apart } from '../../../src/commands/top/terminal.ts'

const ESCAPE = { name: 'escape' }
for (const [what, key, pressed] of [
  ['Esc alone', { name: 'escape', sequence: '\u001b' }, [{ name: 'escape', sequence: '\u001b' }]],
  ['bug: Esc and / at once', { sequence: '\u001b/' }, [ESCAPE, { sequence: '/' }]],
  ['Esc and g', { name: 'g', sequence: '\u001bg' }, [ESCAPE, { name: 'g', sequence: 'g' }]],
  ['Esc twice', { name: 'escape', sequence: '\u001b\u001b' }, [{ name: 'escape', sequence: '\u001b\u001b' }]],
  ['an arrow', { name: 'up', sequence: '\u001b[A' }, [{ name: 'up', sequence: '\u001b[A' }]],
] as const)
  test(`keys: ${what}`, () => assert.deepEqual(apart(key), pressed))
