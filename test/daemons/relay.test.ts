import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import relay from '../../src/daemons/relay.ts'
import { Batch } from '../../src/lib/batch.ts'
import { drive } from '../support/drive.ts'
import { Sluice } from '../support/process.ts'
import { createReader } from '../support/reader.ts'

test('records go on as they came, without being read', async () => {
  await using stage = await drive(relay)
  const text = '{"@meta":{"id":"a"},"big":12345678901234567890}\n{"@meta":{"id":"b"}, "odd" : 1}\n'
  const passed: Batch[] = []
  stage.answer = batch => {
    passed.push(batch)
    return { sent: batch.count }
  }
  const receipt = await stage.stage.intake!.accept(Batch.fromBytes(Buffer.from(text), createReader()))
  assert.deepEqual(receipt, { sent: 2 })
  assert.equal(passed[0]!.bytes.toString(), text)
})

test('a record without an id gets one, and one that is too large is a dead letter', async () => {
  await using stage = await drive(relay, '--max-record', '100')
  const lines = `{"@meta":{"id":"a"}}\nplain text\n{"@meta":{"id":"b"},"x":"${'x'.repeat(200)}"}\n`
  const reader = { ...createReader(), maxRecord: 100 }
  const receipt = await stage.stage.intake!.accept(Batch.fromBytes(Buffer.from(lines), reader))
  assert.deepEqual(receipt, { dead: 1, sent: 2 })
  assert.deepEqual(
    stage.out.map(record => [typeof record['@meta'].id, record.message]),
    [
      ['string', undefined],
      ['string', 'plain text'],
    ],
  )
  assert.equal(stage.rejected[0]!['@meta'].dead!.reason, 'oversize')
})

test('a bridge from a pipe over an acknowledged link into a file, by two of them', async t => {
  const far = new Sluice(t, 'sluice-relay', [
    '--pull-bind',
    'ack+tcp://127.0.0.1:*',
    '--push-connect',
    'file:///dev/null',
  ])
  assert.equal((await far.ready()).endpoints!.length, 2)
  await far.stop()
  const path = join(far.folder, 'out.ndjson')
  const end = new Sluice(t, 'sluice-relay', [
    '--pull-bind',
    'ack+tcp://127.0.0.1:*',
    '--push-connect',
    `file://${path}`,
  ])
  const endpoint = `ack+tcp://127.0.0.1:${await end.port()}`
  const input = Array.from({ length: 1000 }, (_, n) => `line ${n}\n`).join('')
  const near = new Sluice(t, 'sluice-relay', ['--push-connect', endpoint], { stdin: input })
  assert.equal(await near.exited, 0, near.stderr)
  const messages = readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line).message)
  assert.equal(`${messages.join('\n')}\n`, input)
})

test('whoever acknowledges what a plain link cannot promise is told so, once', async t => {
  const plain = ['--pull-bind', 'ack+tcp://127.0.0.1:*', '--push-bind', 'tcp://127.0.0.1:*']
  const run = new Sluice(t, 'sluice-relay', plain)
  await run.ready()
  assert.equal(run.logs.filter(({ msg }) => /does not acknowledge/.test(msg)).length, 1)
  const sound = new Sluice(t, 'sluice-relay', [
    '--pull-bind',
    'tcp://127.0.0.1:*',
    '--push-bind',
    'tcp://127.0.0.1:*',
  ])
  await sound.ready()
  assert.equal(sound.logs.filter(({ msg }) => /does not acknowledge/.test(msg)).length, 0)
})

for (const spool of [false, true])
  test(`a text file gets what the template says${spool ? ', out of a spool too' : ''}`, async t => {
    const stdin = '{"host":"a","message":"one\\ntwo"}\n{"host":"b","message":"three"}\n'
    const cwd = mkdtempSync(join(tmpdir(), 'sluice-'))
    t.after(() => rmSync(cwd, { recursive: true }))
    const file = join(cwd, 'text.log')
    const run = new Sluice(
      t,
      'sluice-relay',
      [
        ...['--push-connect', `file://${file}?format=text`, '--template', '{host}: {message}'],
        ...(spool ? ['--spool', cwd] : []),
      ],
      { stdin },
    )
    assert.equal(await run.exited, 0)
    assert.equal(readFileSync(file, 'utf8'), 'a: one\\ntwo\nb: three\n')
  })
