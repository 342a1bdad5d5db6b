import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Batch } from '../../../src/lib/batch.ts'
import { linesOf, textsOf } from '../../../src/lib/transport/text.ts'

const latin1 = Buffer.from('caf\u00e9', 'latin1')
const batch = Batch.fromRecords([
  { '@meta': { id: '1' }, message: 'one' },
  { '@meta': { id: '2' }, message: 'two\nlines\r\0' },
  { '@meta': { id: '3', bytes: latin1.toString('base64') }, message: 'caf\ufffd' },
  { '@meta': { id: '4' }, host: 'no message' },
])

test('a text is the message, in the bytes that it came in', () => {
  assert.deepEqual(
    [...textsOf(batch, undefined)].map(text => text.toString('latin1')),
    ['one', 'two\nlines\r\0', 'caf\u00e9', '{"@meta":{"id":"4"},"host":"no message"}'],
  )
})

test('with a template it is what that says', () => {
  const texts = textsOf(batch, ({ '@meta': { id }, message }) => `${id} é ${message}`)
  assert.equal([...texts][0]!.toString(), '1 é one')
})

test('each is one line, whatever is in it', () => {
  assert.equal(
    linesOf(batch, undefined).toString('latin1'),
    'one\ntwo\\nlines\\r\\0\ncaf\u00e9\n{"@meta":{"id":"4"},"host":"no message"}\n',
  )
  assert.equal(linesOf(batch, () => 'é\n').toString(), 'é\\n\n'.repeat(4))
})
