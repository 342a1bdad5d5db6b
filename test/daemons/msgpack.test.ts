import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { decodeMulti } from '@msgpack/msgpack'
import { Pull, Push } from 'zeromq'
import { encode } from '../../src/lib/msgpack/encode.ts'
import { freePort } from '../support/port.ts'
import { Sluice } from '../support/process.ts'

const EVENTS = Array.from({ length: 3000 }, (_, n) => ({
  type: 'pageview',
  n,
  text: 'x\n\0ÿ'.repeat(n % 40),
  list: [n, { n }],
}))
const VALUES = Buffer.concat(EVENTS.map(event => encode(event)))

const withoutMeta = (records: readonly object[]) => records.map(record => ({ ...record, '@meta': undefined }))
const bare = (events: readonly object[]) => events.map(event => ({ ...event, '@meta': undefined }))

test('a stream of values becomes records, wherever it is cut', async t => {
  const run = new Sluice(t, 'sluice-msgpack', [], { stdin: 'open' })
  for (let at = 0; at < VALUES.length; at += 7_919) run.child.stdin!.write(VALUES.subarray(at, at + 7_919))
  run.child.stdin!.end()
  assert.deepEqual(withoutMeta(await run.records(EVENTS.length)), bare(EVENTS))
  assert.equal(await run.exited, 0)
})

test('records become a stream of values, and those become the same records', async t => {
  const input = EVENTS.map(event => `${JSON.stringify(event)}\n`).join('')
  const write = new Sluice(t, 'sluice-msgpack', ['--encode'], { stdin: input })
  const chunks: Buffer[] = []
  write.child
    .stdout!.removeAllListeners('data')
    .setEncoding('latin1')
    .on('data', text => chunks.push(Buffer.from(text, 'latin1')))
  assert.equal(await write.exited, 0)
  const bytes = Buffer.concat(chunks)
  assert.deepEqual(withoutMeta([...decodeMulti(bytes)] as object[]), bare(EVENTS))
  const read = new Sluice(t, 'sluice-msgpack', [], { stdin: bytes })
  const records = await read.records(EVENTS.length)
  assert.deepEqual(records, [...decodeMulti(bytes)])
})

test('what is no MessagePack is read as lines, and what is no record is kept with its bytes', async t => {
  const odd = [Buffer.from([0x93, 1, 2, 3]), Buffer.from([0x81, 0xc1]), Buffer.from([0x82, 0xa1, 0x61])]
  const input = Buffer.concat([
    Buffer.from('{"a":1}\nplain\n'),
    encode({ b: 2 }),
    odd[0]!,
    encode({ c: 3 }),
    odd[1]!,
    Buffer.from('\n'),
    encode({ d: 4 }),
    odd[2]!,
  ])
  const run = new Sluice(t, 'sluice-msgpack', [], { stdin: input })
  assert.equal(await run.exited, 0)
  const records = await run.records(7)
  const { a } = records[0]!
  assert.deepEqual(
    [a, records[1]!.message, records[2]!.b, records[4]!.c, records[6]!.d],
    [1, 'plain', 2, 3, 4],
  )
  const bytes = records.flatMap(record => (record['@meta'] as { bytes?: string }).bytes ?? [])
  assert.deepEqual(
    bytes,
    [odd[0]!, Buffer.concat([odd[1]!, Buffer.from('\n')]), odd[2]!].map(one => one.toString('base64')),
  )
})

test('one that promises more than may come is no end of memory, and one over --max-record is a dead letter', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-msgpack-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'events.msgpack')
  const promise = Buffer.from('81a161c6ffffffff', 'hex')
  writeFileSync(
    path,
    Buffer.concat([
      encode({ big: 'x'.repeat(2000) }),
      encode({ a: 1 }),
      promise,
      Buffer.alloc(100_000, 0x61),
    ]),
  )
  const run = new Sluice(t, 'sluice-msgpack', [
    '--pull-connect',
    `file://${path}`,
    '--max-record',
    '1KiB',
    '--max-message',
    '32KiB',
  ])
  assert.equal(await run.exited, 0)
  assert.equal((await run.records(1))[0]!.a, 1)
  assert.match(run.stderr, /oversize/)
})

test('messages of a PUSH come in, and go out to a PULL, one value each', async t => {
  const [near, far] = [await freePort(), await freePort()]
  const decode = new Sluice(t, 'sluice-msgpack', [
    ...['--pull-bind', `tcp://127.0.0.1:${near}`, '--push-bind', 'ack+tcp://127.0.0.1:*'],
  ])
  const link = `ack+tcp://127.0.0.1:${await decode.port(1)}`
  new Sluice(t, 'sluice-msgpack', [
    '--encode',
    '--pull-connect',
    link,
    '--push-connect',
    `tcp://127.0.0.1:${far}`,
  ])
  const pull = new Pull()
  const push = new Push()
  t.after(() => {
    push.close()
    pull.close()
  })
  await pull.bind(`tcp://127.0.0.1:${far}`)
  push.connect(`tcp://127.0.0.1:${near}`)
  for (const event of EVENTS.slice(0, 100)) await push.send(encode(event))
  // Two in one message.
  await push.send(Buffer.concat([encode({ n: 'a' }), encode({ n: 'b' })]))
  const out: object[] = []
  while (out.length < 102) out.push(...([...decodeMulti((await pull.receive())[0]!)] as object[]))
  assert.deepEqual(withoutMeta(out), bare([...EVENTS.slice(0, 100), { n: 'a' }, { n: 'b' }]))
})

test('where nothing would be MessagePack, it says so', async t => {
  for (const [args, why] of [
    [
      ['--pull-connect', 'ack+tcp://127.0.0.1:1', '--push-connect', '-'],
      /no MessagePack comes from there.*say --encode/,
    ],
    [['--encode', '--pull-connect', '-', '--push-connect', 'file:///tmp/x'], /MessagePack cannot go there/],
  ] as const) {
    const run = new Sluice(t, 'sluice-msgpack', [...args, '--check'], { stdin: '' })
    assert.equal(await run.exited, 64)
    assert.match(run.stderr, why)
  }
})
