import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Reader, Watcher } from '../../support/live.ts'
import { Sluice } from '../../support/process.ts'

const ACME = { authorization: 'Bearer of-acme' }
const OTHER = { authorization: 'Bearer of-other' }

/** A hub of two accounts. */
async function open(t: TestContext, ...flags: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-hub-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const tokens = join(folder, 'tokens')
  writeFileSync(tokens, 'of-acme acme\nof-other other\n', { mode: 0o600 })
  const given = ['--http', '127.0.0.1:0', '--account-tokens', tokens, ...flags]
  const run = new Sluice(t, 'sluice-hub', given, { stdin: 'open' })
  const send = (events: readonly object[]) =>
    run.child.stdin!.write(events.map(event => `${JSON.stringify(event)}\n`).join(''))
  return { run, port: await run.port(), send, tokens }
}

const eventOf = (account: string) => ({ type: 'pageview', data: { account } })

test('who came with a token that is taken back is sent away, and the others stay', async t => {
  const { run, port, send, tokens } = await open(t)
  const watcher = await Watcher.open(t, port, '', ACME)
  const readers = [
    await Reader.open(t, port, '/events', ACME),
    await Reader.open(t, port, '/api/v1/rates', ACME),
  ]
  const other = await Watcher.open(t, port, '', OTHER)
  writeFileSync(tokens, 'of-other other\nnew-of-acme acme\n')
  assert.deepEqual(await watcher.closed, { code: 1008, reason: 'this token is not valid any more' })
  await run.untilStatus('three to leave', ({ stages }) => stages[0]!.counters.clientsLeft === 3)
  send([eventOf('acme'), eventOf('other')])
  await other.got(1)
  for (const { events } of readers) assert.deepEqual(events, [])
})
