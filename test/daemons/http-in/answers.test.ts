// When sluice-http-in answers, and when it stops.
import assert from 'node:assert/strict'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { beginPost, post } from '../../support/http.ts'
import { hold, messages, messagesOf, open, typed } from './support.ts'

describe('when it answers', () => {
  test('not before the records are accepted', async t => {
    const { stage, port } = await open(t)
    const held = hold(stage)
    const answers: number[] = []
    const answer = post(port, 'a\nb\n').then(({ status }) => answers.push(status))
    await stage.until(2)
    // Another request is answered meanwhile, so there was time for it.
    assert.equal((await post(port, '', { method: 'PUT' })).status, 405)
    assert.deepEqual(answers, [])
    held.accept()
    await answer
    assert.deepEqual(answers, [200])
  })

  test('503 when they are not in time; then at once, and nothing is taken, until one is', async t => {
    const { stage, port } = await open(t, '--answer-within', '50ms')
    const held = hold(stage)
    const first = await post(port, 'a')
    assert.deepEqual([first.status, first.headers['retry-after']], [503, '5'])
    assert.match(first.body, /not accepted in time/)
    assert.match((await post(port, 'b')).body, /not accepted at the moment/)
    assert.deepEqual(messages(stage), ['a'])
    held.accept()
    stage.answer = batch => ({ sent: batch.count })
    while ((await post(port, 'b')).status === 503);
    assert.deepEqual(messages(stage), ['a', 'b'])
    assert.ok(stage.stage.counters.get('busy')! >= 2)
  })

  test('when dead letters had no room and have it again, requests are taken again', async t => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-'))
    t.after(() => rm(folder, { recursive: true }))
    const letters = join(folder, 'dead.ndjson')
    const { stage, port } = await open(
      t,
      ...['--answer-within', '50ms', '--oversize', 'reject', '--max-record', '2KiB'],
      ...['--dead-letters', `file://${letters}`, '--dead-letters-limit', '1KiB'],
    )
    const long = 'x'.repeat(5000)
    while ((await post(port, long)).status === 200);
    assert.match((await post(port, 'a')).body, /not accepted at the moment/)
    await rename(letters, `${letters}.moved`)
    while ((await post(port, 'b')).status === 503);
    assert.equal(messages(stage).at(-1), 'b')
  })

  test('who waits longer while others are accepted is not sent away, until twice the time', async t => {
    const { stage, port } = await open(t, '--answer-within', '1s')
    const held = hold(stage)
    let isOver = false
    const slow = post(port, 'slow').finally(() => {
      isOver = true
    })
    await stage.until(1)
    stage.answer = batch => ({ sent: batch.count })
    const begun = performance.now()
    while (performance.now() - begun < 1200) assert.equal((await post(port, 'a')).status, 200)
    assert.equal(isOver, false)
    held.accept()
    assert.equal((await slow).status, 200)
  })

  test('503 for one that hangs, while others are accepted and go on', async t => {
    const { stage, port } = await open(t, '--answer-within', '1s')
    stage.answer = batch =>
      messagesOf(batch.records).includes('stuck') ? new Promise(() => {}) : { sent: batch.count }
    let isAnswered = false
    const stuck = post(port, 'stuck').finally(() => {
      isAnswered = true
    })
    while (!isAnswered) assert.equal((await post(port, 'a')).status, 200)
    assert.equal((await stuck).status, 503)
    assert.equal((await post(port, 'a')).status, 200)
  })

  test('503 when there is no room in time, and the body is not read', async t => {
    const { stage, port } = await open(t, '--answer-within', '50ms', '--buffer', '1KiB')
    const held = hold(stage)
    const first = post(port, 'x'.repeat(2000))
    await stage.until(1)
    assert.equal((await post(port, 'b')).status, 503)
    assert.equal((await first).status, 503)
    held.accept()
    stage.answer = batch => ({ sent: batch.count })
    while ((await post(port, 'b')).status === 503);
    assert.equal(messages(stage).at(-1), 'b')
  })

  test('a long body waits for room, and goes on', async t => {
    const { stage, port } = await open(t, '--buffer', '1KiB')
    const held = hold(stage)
    const lines = Array.from({ length: 100_000 }, (_, n) => `line ${n}`)
    const answer = post(port, lines.join('\n'))
    let isAnswered = false
    answer.then(() => {
      isAnswered = true
    })
    await stage.until(1)
    // No more than a piece of it was read.
    assert.ok(stage.out.length < 50_000, `${stage.out.length}`)
    while (!isAnswered) {
      held.accept()
      await new Promise(resolve => setImmediate(resolve))
    }
    assert.equal((await answer).body, '{"accepted":100000}')
    assert.deepEqual(messages(stage), lines)
  })

  test('200 where the policy is to drop', async t => {
    const { stage, port } = await open(t, '--buffer', '1KiB', '--when-full', 'drop-newest')
    hold(stage)
    post(port, 'x'.repeat(2000)).catch(() => {})
    await stage.until(1)
    assert.equal((await post(port, 'dropped')).status, 200)
    assert.equal(stage.books.outcomes['dropped:buffer-full'], 1)
  })
})

describe('when it stops', () => {
  test('bodies that are on their way are taken, new ones are not', async t => {
    const { stage, port } = await open(t)
    const { request, answer } = beginPost(port, typed('text/plain'))
    request.write('one\n')
    await stage.until(1)
    const stopped = stage.stop()
    assert.equal((await post(port, 'late')).status, 503)
    request.end('two\n')
    assert.equal((await answer).body, '{"accepted":2}')
    await stopped
    assert.deepEqual(messages(stage), ['one', 'two'])
  })

  test('a body that does not end is refused after a while', async t => {
    const { stage, port } = await open(t)
    const { request, answer } = beginPost(port, typed('text/plain'))
    request.write('one\ntw')
    await stage.until(1)
    await stage.stop()
    const { status, body } = await answer
    assert.equal(status, 503)
    assert.match(body, /stopping/)
    assert.deepEqual(messages(stage), ['one'])
  })

  test('who waits for what will not be accepted hears of it', async t => {
    const { stage, port } = await open(t)
    hold(stage)
    const answer = post(port, 'a')
    await stage.until(1)
    await stage.stop()
    const closed = stage.close()
    assert.equal((await answer).status, 503)
    await closed
  })
})
