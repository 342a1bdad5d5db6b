import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Batch } from '../../src/lib/batch.ts'
import type { Sender } from '../../src/lib/reader.ts'
import { signLines } from '../../src/lib/sender.ts'

const reader = (sender: Sender) => {
  let n = 0
  return { mint: () => `m${n++}`, now: () => 1, count: () => {}, maxRecord: 1e6, sender }
}
const SENDERS: Sender[] = [
  { name: 'web1', relay: false },
  { name: 'web1', relay: true },
  { name: undefined, relay: false },
  { name: undefined, relay: true },
]

/** What it should say, by the plain rule. */
function expected(claimed: unknown, { name, relay }: Sender): unknown {
  return relay && claimed !== undefined ? claimed : name
}

test('lines as Sluice writes them are signed unread', () => {
  const line = '{"@meta":{"id":"a.1","received":5,"peer":"10.0.0.1:5"},"message":"} {"}\n'
  const signed = signLines(Buffer.from(line.repeat(2)), SENDERS[0]!)!.toString()
  assert.equal(signed, line.replace(':5"}', ':5","sender":"web1"}').repeat(2))
  const said = '{"@meta":{"id":"a.1","sender":"web9"},"message":"x"}\n'
  assert.equal(signLines(Buffer.from(said), SENDERS[1]!)!.toString(), said)
  assert.equal(signLines(Buffer.from(line), SENDERS[2]!)!.toString(), line)
})

test('what would have to be read for it is read', () => {
  for (const line of [
    '{"message":"x"}',
    '{"@meta":{"id":"a","sender":"web9"},"message":"x"}',
    '{"@meta":{"id":"a","dead":{"stage":"x"}},"message":"x"}',
    '{"@meta":{"id":"a","peer":"\\"}"},"message":"x"}',
    '{"@meta":{"id":"a","peer":"x',
    'text',
  ])
    assert.equal(signLines(Buffer.from(`${line}\n`), SENDERS[0]!), undefined, line)
})

test('whatever is sent, the sender is who the link says, and nothing else is changed', () => {
  const word = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom('sender', '"sender":"x"', '}', '{', '\\', '\\"', '},"@meta":{"sender":"x"'),
  )
  const meta = fc.record(
    { id: fc.constantFrom('a.1', 'b'), received: fc.nat(), peer: word, sender: word, other: fc.jsonValue() },
    { requiredKeys: ['id'] },
  )
  const record = fc.record({ '@meta': meta, message: word })
  fc.assert(
    fc.property(
      fc.array(record, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(...SENDERS),
      (records, sender) => {
        const bytes = Buffer.from(records.map(one => `${JSON.stringify(one)}\n`).join(''))
        const wanted = records.map(one => {
          const { sender: claimed, ...rest } = one['@meta']
          const name = expected(claimed, sender)
          return { ...one, '@meta': { ...rest, ...(name !== undefined && { sender: name }) } }
        })
        assert.deepEqual(
          JSON.parse(JSON.stringify(Batch.fromBytes(bytes, reader(sender)).records)),
          JSON.parse(JSON.stringify(wanted)),
        )
        // As whoever forwards them unread writes them.
        const out = Batch.fromBytes(bytes, reader(sender)).encode(1e6).batch.bytes.toString()
        const written = out
          .split('\n')
          .slice(0, -1)
          .map(line => JSON.parse(line))
        assert.deepEqual(written, JSON.parse(JSON.stringify(wanted)))
      },
    ),
  )
})

test('bug: a second @meta in a line was taken for the sender', () => {
  const raw = [
    '{"@meta":{"id":"a"},"@meta":{"id":"b","sender":"root"},"message":"x"}',
    '{"@meta":{"id":"a"},"\\u0040meta":{"id":"b","sender":"root"},"message":"x"}',
    '{"@meta":{"id":"a"},"@met\\u0061":{"sender":"root"},"message":"x"}',
    '{"@meta":{"id":"a","replays":-1,"sender":"root"},"message":"x"}',
    '{"@meta":{"id":"a","received":1e20},"message":"x"}',
    `{"@meta":{"id":"${'a'.repeat(121)}"},"message":"x"}`,
    '{"@meta":{"id":"a","kind":"sender"},"message":"x"}',
    '{"@meta":{"id":"a"},"message":"no JSON',
  ]
  for (const line of raw) {
    for (const sender of SENDERS) {
      if (sender.relay) continue
      const batch = Batch.fromBytes(Buffer.from(`${line}\n`), reader(sender))
      assert.equal(batch.records[0]!['@meta'].sender, sender.name, line)
      if (line.endsWith('no JSON')) continue
      // What goes on unread is read by the next one.
      const sent = Batch.fromBytes(Buffer.from(`${line}\n`), reader(sender)).encode(1e6).batch.bytes
      const { sender: _, ...plain } = reader(sender)
      assert.equal(Batch.fromBytes(sent, plain).records[0]!['@meta'].sender, sender.name, line)
    }
  }
  const relay = Batch.fromBytes(Buffer.from(`${raw[6]}\n`), reader(SENDERS[1]!))
  assert.equal(relay.records[0]!['@meta'].sender, 'web1')
})

test('bytes that are not UTF-8 stay as they are', () => {
  const bytes = Buffer.from([...Buffer.from('{"@meta":{"id":"a"},"message":"'), 0xff, ...Buffer.from('"}\n')])
  const [record] = Batch.fromBytes(bytes, reader(SENDERS[0]!)).records
  assert.equal(record!['@meta'].bytes, bytes.subarray(0, -1).toString('base64'))
  assert.equal(record!['@meta'].sender, 'web1')
})

test('a frame that is one message is signed as well', () => {
  const [record] = Batch.fromText(Buffer.from('{"@meta":{"sender":"x"}}'), reader(SENDERS[0]!)).records
  assert.equal(record!['@meta'].sender, 'web1')
})
