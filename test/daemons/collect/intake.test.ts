import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { Intake } from '../../../src/daemons/collect/intake.ts'
import type { Receipt } from '../../../src/lib/engine/receipt.ts'
import type { Feed } from '../../../src/lib/index.ts'
import { open, PAGE, post } from './support.ts'

const RECORD = { '@meta': { id: 'x' } }

describe('when nothing goes on', () => {
  test('a page is answered at once, a program when its events are accepted', async t => {
    const { stage, ask } = await open(t)
    const accepted = Promise.withResolvers<void>()
    stage.answer = batch => accepted.promise.then(() => ({ sent: batch.count }))
    assert.equal((await ask('/r/a/b/c')).status, 200)
    assert.equal((await ask('/e', post('text/plain', PAGE))).status, 204)
    let answered = false
    const program = ask('/e', post('application/json', { type: 'd' })).then(answer => {
      answered = true
      return answer
    })
    await stage.until(3)
    // One more round trip: it would have been answered by now.
    await ask('/r/a/b/c')
    assert.equal(answered, false)
    accepted.resolve()
    assert.equal((await program).status, 204)
  })

  test('--answer accepted: pages wait as well', async t => {
    const { stage, ask } = await open(t, '--answer', 'accepted')
    const accepted = Promise.withResolvers<void>()
    stage.answer = batch => accepted.promise.then(() => ({ sent: batch.count }))
    const answers: number[] = []
    const asked = [ask('/r/a/b/c'), ask('/e', post('text/plain', PAGE))].map(one =>
      one.then(({ status }) => answers.push(status)),
    )
    await stage.until(2)
    assert.deepEqual((await ask('/r/a/b/c', { method: 'HEAD' })).status, 200)
    assert.deepEqual(answers, [])
    accepted.resolve()
    await Promise.all(asked)
    assert.deepEqual(answers.toSorted(), [200, 204])
  })

  test('a program gets 503 when it takes too long, and at once after that, until something is accepted', async t => {
    const { stage, ask, count } = await open(t, '--answer-within', '50ms')
    const accepted = Promise.withResolvers<void>()
    stage.answer = batch => accepted.promise.then(() => ({ sent: batch.count }))
    const event = post('application/json', { type: 'a' })
    const late = await ask('/e', event)
    assert.deepEqual([late.status, late.headers['retry-after']], [503, '1'])
    assert.match(late.body, /not accepted in time/)
    assert.match((await ask('/e', event)).body, /not accepted at the moment/)
    assert.deepEqual([stage.out.length, count('busy')], [1, 2])
    accepted.resolve()
    await until(async () => (await ask('/e', event)).status === 204)
  })

  test('and is let in again when something was accepted, whatever was dropped beside it', async t => {
    const { stage, ask } = await open(t, '--answer-within', '50ms')
    const answered = Promise.withResolvers<Receipt>()
    stage.answer = () => answered.promise
    const two = post('application/json', [{ type: 'a' }, { type: 'a' }])
    assert.match((await ask('/e', two)).body, /not accepted in time/)
    stage.answer = batch => ({ sent: batch.count })
    answered.resolve({ sent: 1, 'dropped:buffer-full': 1 })
    let tries = 0
    await until(async () => (await ask('/e', two)).status === 204 || ++tries === 500)
    assert.ok(tries < 500)
  })

  test('bug: nothing was taken any more when what took too long came to nothing', async () => {
    const intake = new Intake(20)
    let receipt = Promise.withResolvers<Receipt>()
    intake.start({ emit: () => receipt.promise } as unknown as Feed)
    await assert.rejects(intake.accept([RECORD]), /not accepted in time/)
    await assert.rejects(intake.accept([RECORD]), /at the moment/)
    receipt.reject(new Error('lost'))
    await turn()
    receipt = Promise.withResolvers()
    receipt.resolve({ sent: 1 })
    await intake.accept([RECORD])
  })

  test('what ends to come after the end is not taken, and its client told', async t => {
    const { stage, port } = await open(t)
    const body = JSON.stringify(PAGE)
    const head = { 'content-type': 'text/plain', 'content-length': body.length, expect: '100-continue' }
    const sent = request({ port, host: '127.0.0.1', method: 'POST', path: '/e', agent: false, headers: head })
    sent.flushHeaders()
    await once(sent, 'continue')
    await stage.stop()
    sent.end(body)
    const [answer] = await once(sent, 'response')
    answer.resume()
    assert.deepEqual([answer.statusCode, stage.out.length], [503, 0])
  })

  test('without room, a page is answered, a program asked to come again; what is dropped is in the books', async t => {
    const { stage, ask } = await open(t, '--buffer', '1KiB')
    const accepted = Promise.withResolvers<void>()
    stage.answer = batch => accepted.promise.then(() => ({ sent: batch.count }))
    await until(async () => {
      assert.equal((await ask(`/r/a/b/c?x=${'x'.repeat(500)}`)).status, 200)
      return (stage.books.outcomes['dropped:buffer-full'] ?? 0) > 0
    })
    const { status, body } = await ask('/e', post('application/json', { type: 'a' }))
    assert.equal(status, 503)
    assert.match(body, /no room/)
    accepted.resolve()
  })
})

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo()));
}
