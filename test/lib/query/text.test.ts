import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import fc from 'fast-check'
import { fold, textOf } from '../../../src/lib/query/text.ts'

const texts: [record: object, text: string][] = [
  [{}, ''],
  [{ message: 'failed' }, 'failed'],
  [{ host: 'web1', message: 'failed', status: 500, ok: true }, 'failed\nweb1\n500\ntrue'],
  [{ '@meta': { id: 'x', peer: '10.0.0.7:514', bytes: '/w==' }, message: 'm' }, 'm\n10.0.0.7:514'],
  [{ '@meta': 'no object', message: 'm' }, 'm'],
  [{ '@timestamp': '2026-11-21', timestamp: 'Nov 21', syslog_priority: 34, syslog_severity: 'crit' }, 'crit'],
  [{ a: { b: ['c', { d: 'e' }, ['f']], timestamp: 'g' }, h: null, i: undefined }, 'c\ne\nf\ng'],
  [{ message: ['two', 'lines'], host: 'h' }, 'two\nlines\nh'],
  [{ message: '', host: 'h' }, 'h'],
  [
    { n: (JSON as unknown as { rawJSON(text: string): object }).rawJSON('12345678901234567890') },
    '12345678901234567890',
  ],
  [JSON.parse('{"__proto__":{"a":"own"},"constructor":"c"}'), 'own\nc'],
  [{ message: 'a\ue000b\uf8ffc' }, 'a b c'],
  [{ message: 'done🤖' }, 'done '],
  [Object.create({ inherited: 'no' }), ''],
]

for (const [record, text] of texts) {
  test(`text of ${JSON.stringify(record)}`, () => assert.equal(textOf(record), text))
}

test('a cycle and what is very deep end', () => {
  const cycle: { [key: string]: unknown } = { a: 'a' }
  cycle.again = [cycle, cycle, { cycle }]
  assert.equal(textOf(cycle), 'a\na')
  let deep: object = { at: 'bottom' }
  for (let i = 0; i < 100_000; i++) deep = i % 2 === 0 ? [deep] : { deep }
  assert.equal(textOf({ deep, host: 'h' }), 'h')
})

const words: [text: string, ...words: string[]][] = [
  [''],
  ['*** => \u0301'],
  ['Failed PASSWORD', 'failed', 'password'],
  ['10.0.0.7', '10', '0', '0', '7'],
  ['user_name=x-1', 'user', 'name', 'x', '1'],
  ['Größe ÉTÉ e\u0301te\u0301', 'große', 'ete', 'ete'],
  ['ΣΊΣΥΦΟΣ', 'σίσυφοσ'],
  ['Ёлка й', 'ёлка', 'й'],
  ['日本語 テスト', '日本語', 'テスト'],
  ['İı Ⅷ ²', 'iı', 'ⅷ', '²'],
  ['done🤖✅ok', 'done', 'ok'],
  ['\ud83d lone \udd16', 'lone'],
]

for (const [text, ...folded] of words) {
  test(`words of ${JSON.stringify(text)}`, () => assert.deepEqual(fold(text), folded))
}

/** The words of each text in an FTS5 table as the store has it. */
function fts5(given: readonly string[]): string[][] {
  const database = new DatabaseSync(':memory:')
  database.exec(`
    CREATE VIRTUAL TABLE texts USING fts5(
      text, content = '', tokenize = "unicode61 remove_diacritics 1 categories 'L* N* Co'");
    CREATE VIRTUAL TABLE words USING fts5vocab(texts, 'instance');
    BEGIN`)
  const insert = database.prepare('INSERT INTO texts (rowid, text) VALUES (?, ?)')
  given.forEach((text, row) => {
    insert.run(row, text)
  })
  const found: string[][] = given.map(() => [])
  const rows = database.prepare('SELECT doc, term, "offset" AS place FROM words').all()
  for (const { doc, term, place } of rows) found[doc as number]![place as number] = term as string
  database.close()
  return found
}

function assertSame(given: readonly string[]): void {
  const found = fts5(given.map(message => textOf({ message })))
  for (const [i, text] of given.entries()) assert.deepEqual(fold(text), found[i], JSON.stringify(text))
}

test('FTS5 makes the same words of every character', () => {
  const characters: string[] = []
  for (let code = 0; code < 0x20_000; code++) {
    if (code < 0xd800 || code > 0xdfff) characters.push(`a${String.fromCodePoint(code)}b`)
  }
  assertSame(characters)
})

const character = fc.oneof(
  ...[
    [0x20, 0x7e],
    [0xa0, 0x24f],
    [0x300, 0x36f],
    [0x370, 0x52f],
    [0x900, 0x97f],
    [0x1e00, 0x1fff],
    [0x2000, 0x206f],
    [0x3040, 0x30ff],
    [0x4e00, 0x4fff],
    [0xe000, 0xe0ff],
    [0x1f600, 0x1f9ff],
  ].map(([min, max]) => fc.integer({ min: min!, max: max! }).map(code => String.fromCodePoint(code))),
)
const text = fc.string({ unit: fc.oneof(character, fc.constantFrom(' ', 'a', 'E', '7')), maxLength: 30 })

test('FTS5 makes the same words of any text', () => {
  fc.assert(fc.property(fc.array(text, { maxLength: 50 }), assertSame))
})

test('the words of a text are those of its words', () => {
  fc.assert(
    fc.property(text, given => {
      assert.deepEqual(fold(fold(given).join(' ')), fold(given))
      assert.deepEqual(fold(textOf({ message: given })), fold(given))
    }),
  )
})
