import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { WebSocket } from 'ws'
import hub from '../../src/daemons/hub.ts'
import { drive } from '../support/drive.ts'
import { Sluice } from '../support/process.ts'

const HTTP = ['--http', '127.0.0.1:0']

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-hub-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const typesIn = (file: string) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line).type)

const EVENTS = ['pageview', 'error', 'pageview'].map(type => ({ type, data: { account: 'acme' } }))

describe('the books', () => {
  test('an event that nobody but browsers may have seen was published', async () => {
    await using stage = await drive(hub, ...HTTP)
    assert.deepEqual(await stage.push(EVENTS), { sent: 3 })
  })
})

describe('as a process', () => {
  test('without a push side events go to browsers and outputs, and not to standard output', async t => {
    const folder = folderFor(t)
    const to = ['--to', `file://${folder}/all`, '--to', `type:error => file://${folder}/errors`]
    const run = new Sluice(t, 'sluice-hub', [...HTTP, ...to], { stdin: 'open' })
    const socket = new WebSocket(`ws://127.0.0.1:${await run.port()}/events?topic=page*`)
    await once(socket, 'open')
    run.child.stdin!.write(EVENTS.map(event => `${JSON.stringify(event)}\n`).join(''))
    const [message] = await once(socket, 'message')
    const lines = String(message)
      .split('\n')
      .map(line => JSON.parse(line))
    assert.deepEqual(
      lines.map(({ type }) => type),
      ['pageview', 'pageview'],
    )
    assert.ok(lines[0]['@meta'].id)
    const closed = once(socket, 'close')
    const { stages } = await run.untilStatus('all of them', ({ stages }) => stages[0]!.books.stored === 4)
    assert.deepEqual(stages[0]!.books, { in: 3, made: 1, stored: 4, held: 0, balanced: true })
    assert.equal(await run.stop(), 0)
    assert.deepEqual((await closed)[0], 1001)
    assert.equal(run.stdout, '')
    assert.deepEqual(typesIn(join(folder, 'all')), ['pageview', 'error', 'pageview'])
    assert.deepEqual(typesIn(join(folder, 'errors')), ['error'])
  })
})
