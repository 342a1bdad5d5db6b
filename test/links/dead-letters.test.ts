// Dead letters over an acknowledged link.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { freePort } from '../support/port.ts'
import { Sluice } from '../support/process.ts'

const linesOf = (path: string) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line))

test('dead letters go to another host; what fits into no message stays here', async t => {
  const port = await freePort()
  const limits = ['--max-record', '64KiB', '--max-message', '64KiB']
  const site = new Sluice(t, 'sluice-relay', [
    ...limits,
    '--pull-bind',
    `ack+tcp://127.0.0.1:${port}`,
    '--push-connect',
    'file:///dev/null',
  ])
  await site.ready()
  assert.equal(await site.stop(), 0)
  const out = join(site.folder, 'letters')
  const letters = new Sluice(t, 'sluice-relay', [
    ...limits,
    '--pull-bind',
    `ack+tcp://127.0.0.1:${port}`,
    '--push-connect',
    `file://${out}`,
  ])
  await letters.ready()
  const input = ['fine', 'x'.repeat(3_000), 'y'.repeat(100_000), 'fine too'].map(line => `${line}\n`).join('')
  const args = ['--max-record', '1KiB', '--dead-letters', `ack+tcp://127.0.0.1:${port}`]
  const near = new Sluice(t, 'sluice-relay', [...args, '--name', 'near', '--push-connect', '-'], {
    stdin: input,
  })
  assert.equal(await near.exited, 0, near.stderr)
  assert.deepEqual(
    (await near.records(2)).map(({ message }) => message),
    ['fine', 'fine too'],
  )
  const [away] = linesOf(out)
  assert.deepEqual([away.message.length, away['@meta'].dead.reason], [3_000, 'oversize'])
  const [here, ...others] = linesOf(join(near.folder, 'near.dead.ndjson'))
  assert.deepEqual([here.message.length, here['@meta'].dead.reason, others.length], [100_000, 'oversize', 0])
})

test('while nobody takes the dead letters, nothing is acknowledged', async t => {
  const port = await freePort()
  const args = ['--max-record', '1KiB', '--dead-letters', `ack+tcp://127.0.0.1:${port}`, '--grace', '1s']
  const near = new Sluice(t, 'sluice-relay', [...args, '--push-connect', '-'], { stdin: 'open' })
  near.child.stdin!.write(`${'x'.repeat(3_000)}\n`)
  const { stages } = await near.untilStatus('a refused record', status =>
    status.waiting.some(why => /nobody is connected/.test(why)),
  )
  assert.equal(stages[0]!.books.held, 1)
  assert.equal(await near.stop(), 75)
  assert.equal(existsSync(join(near.folder, 'near.dead.ndjson')), false)
})
