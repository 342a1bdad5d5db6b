import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readAnswer } from '../../../src/daemons/pipe/answers.ts'

const META = { id: 'a', received: 5, peer: '192.0.2.1:5' }

const read = (line: string) => readAnswer(line, { '@meta': META, message: 'x' })

/** What goes on, as it would be written. */
function filtered(line: string): unknown {
  const answer = read(line)
  assert.ok(answer && 'filtered' in answer, line)
  return answer.filtered && JSON.stringify(answer.filtered)
}

test('an object, a list of them, or null', () => {
  const meta = JSON.stringify(META)
  assert.equal(filtered('{"b":1}'), `{"@meta":${meta},"b":1}`)
  assert.equal(filtered(' {"b": 1} \r'), `{"@meta":${meta},"b":1}`)
  assert.equal(filtered('[{"b":1},{}]'), `[{"@meta":${meta},"b":1},{"@meta":${meta}}]`)
  assert.equal(filtered('[]'), '[]')
  assert.equal(filtered('null'), null)
  assert.equal(filtered(' null\r'), null)
})

test('the record keeps its own @meta, first, whatever the command makes of it', () => {
  const expected = `{"@meta":${JSON.stringify(META)},"b":1}`
  for (const meta of [
    '{"id":"a"}',
    '{"id":"other","received":9,"peer":"x","dead":{}}',
    '1',
    'null',
    '[]',
    '"a"',
  ]) {
    assert.equal(filtered(`{"@meta":${meta},"b":1}`), expected)
    assert.equal(filtered(`{"b":1,"@meta":${meta}}`), expected)
  }
})

test('numbers stay what they are, and no key is special', () => {
  const line = '{"@meta":{"id":"a"},"big":12345678901234567890,"__proto__":{"x":1},"constructor":2}'
  assert.equal(filtered(line), line.replace('{"id":"a"}', JSON.stringify(META)))
})

test('the id that it gives back shows which record it answers', () => {
  const idOf = (line: string) => (read(line) as { id?: unknown }).id
  assert.equal(idOf('{"@meta":{"id":"b"}}'), 'b')
  assert.equal(idOf('[{"@meta":{"id":"b"}},{}]'), 'b')
  for (const line of ['null', '{}', '[]', '{"@meta":null}', '{"@meta":5}'])
    assert.equal(idOf(line), undefined, line)
})

test('what looks like an answer and is none is bad; anything else was not meant as one', () => {
  for (const line of [
    '{"a":1',
    '{"a":NaN}',
    '[1]',
    '[{}, null]',
    '[[{}]]',
    '{} {}',
    `${'['.repeat(600)}${']'.repeat(600)}`,
  ]) {
    const answer = read(line)
    assert.ok(answer && 'bad' in answer && answer.bad.length > 5, line)
  }
  for (const line of ['ready', '1', '"text"', 'true', 'nul', 'Traceback (most recent call last):'])
    assert.equal(read(line), undefined, line)
})

test('whatever it writes is an answer, a bad one, or none; and none of it gets at the @meta of the record', () => {
  const line = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.json({ maxDepth: 3 }).map(json => `[${json},{}]`),
  )
  fc.assert(
    fc.property(line, line => {
      const answer = read(line)
      if (!answer || 'bad' in answer) return
      for (const record of [answer.filtered].flat() as { '@meta': unknown }[]) {
        if (record === null) continue
        assert.deepEqual(record['@meta'], META)
        // JavaScript puts keys that are numbers in front of all others.
        assert.equal(
          Object.keys(record).find(key => !/^\d+$/.test(key)),
          '@meta',
        )
      }
    }),
    { numRuns: 500 },
  )
})
