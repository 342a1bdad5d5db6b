import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { Batch } from '../../../src/lib/batch.ts'
import { Taps } from '../../../src/lib/tap/taps.ts'

/** Takes what it is given as long as it is not slow. */
class Reader extends Writable {
  isSlow = false
  text = ''
  readonly errors: Error[] = []

  constructor() {
    super({ highWaterMark: 8 })
    this.on('error', error => this.errors.push(error))
  }

  override _write(piece: Buffer, _encoding: string, go: () => void): void {
    this.text += piece
    if (!this.isSlow) go()
  }
}

/** Somebody who looks, on a clock that the test sets. */
async function look(t: TestContext, query = '') {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const taps = new Taps('source')
  const { stream } = await taps.answer({
    ...{ method: 'GET', body: Buffer.alloc(0) },
    ...{ query: new URLSearchParams(query), isTrusted: true },
  })
  const out = new Reader()
  stream!(out)
  return { taps, out, tick: (seconds: number) => t.mock.timers.tick(seconds * 1000) }
}

const batch = () => Batch.fromRecords([{ '@meta': { id: 'a' }, n: 1 }])

test('an empty line now and then says that the stage is there, but not to who reads nothing', async t => {
  const { taps, out, tick } = await look(t)
  tick(14)
  assert.equal(out.text, '')
  tick(16)
  assert.equal(out.text, '\n\n')
  out.isSlow = true
  taps.out.pass(batch())
  const waiting = out.writableLength
  assert.ok(waiting > 0)
  tick(60)
  assert.equal(out.writableLength, waiting)
})

test('nothing is written to a slow reader after the end', async t => {
  const { taps, out, tick } = await look(t)
  out.isSlow = true
  taps.out.pass(batch())
  taps.close()
  taps.out.pass(batch())
  out.emit('drain')
  tick(60)
  await new Promise(setImmediate)
  assert.deepEqual(out.errors, [])
  assert.equal(taps.out.size, 0)
})

test('the time that a query asks for is that of the event, as its sender says', async t => {
  const { taps, out } = await look(t, 'match=time<2020-01-01')
  const [early, late] = ['2019-05-05T00:00:00Z', '2021-05-05T00:00:00Z']
  taps.out.pass(Batch.fromRecords([{ '@meta': { id: 'a' }, time: early }]))
  taps.out.pass(Batch.fromRecords([{ '@meta': { id: 'b' }, time: late, '@timestamp': early }]))
  assert.deepEqual(
    out.text
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line)['@meta'].id),
    ['a'],
  )
})
