import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Reader, refusalOf, TextWatcher, Watcher } from '../../support/live.ts'
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
  const chart = await TextWatcher.open(t, port, '/api/v1/rates', ACME)
  const other = await Watcher.open(t, port, '', OTHER)
  writeFileSync(tokens, 'of-other other\nnew-of-acme acme\n')
  assert.deepEqual(await watcher.closed, { code: 1008, reason: 'this token is not valid any more' })
  assert.equal(await chart.closed, 1008)
  await run.untilStatus('four to leave', ({ stages }) => stages[0]!.counters.clientsLeft === 4)
  send([eventOf('acme'), eventOf('other')])
  await other.got(1)
  for (const { events } of readers) assert.deepEqual(events, [])
})

test('no account takes the room of all', async t => {
  const { port } = await open(t, '--clients', '8')
  for (let n = 0; n < 4; n++) await Watcher.open(t, port, '', ACME)
  const { status, body } = await refusalOf(port, '', ACME)
  assert.equal(status, 503)
  assert.match(body, /too many clients of this account at once/)
  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`, { headers: ACME })
  assert.match(await (await get('/api/v1/rates')).text(), /of this account/)
  assert.match((await refusalOf(port, '', ACME, '/api/v1/rates')).body, /of this account/)
  await Watcher.open(t, port, '', OTHER)
  await Reader.open(t, port, '/api/v1/rates', OTHER)
})

test('a chart by WebSocket counts the events of its account alone', async t => {
  const { port, send } = await open(t)
  const chart = await TextWatcher.open(t, port, '/api/v1/rates', ACME)
  send([eventOf('other'), eventOf('acme'), eventOf('other')])
  const counted = () => chart.named.map(({ data }) => JSON.stringify(data)).join()
  await chart.until('its event', () => counted().includes('"total":1'))
  assert.doesNotMatch(counted(), /other|"total":[23]/)
})

test('no account takes all conditions and charts', async t => {
  const { port } = await open(t)
  for (let n = 0; n < 250; n++) await Watcher.open(t, port, `?match=n:${n}`, ACME)
  assert.match((await refusalOf(port, '', ACME)).body, /too many different conditions of this account/)
  await Watcher.open(t, port, '', OTHER)
  for (let n = 0; n < 50; n++) await Reader.open(t, port, `/api/v1/rates?topic=${n}`, ACME)
  const refused = await fetch(`http://127.0.0.1:${port}/api/v1/rates?topic=99`, { headers: ACME })
  assert.equal(refused.status, 503)
  await refused.text()
  await Reader.open(t, port, '/api/v1/rates?topic=99', OTHER)
})

test('ids tell an account nothing of the others, and lead back to where it was', async t => {
  const { run, port, send } = await open(t)
  const reader = await Reader.open(t, port, '/events', ACME)
  send([eventOf('acme'), ...Array.from({ length: 50 }, () => eventOf('other')), eventOf('acme')])
  await reader.got(2)
  const { lastId } = reader
  assert.match(lastId!, /^[\w-]{22}$/)
  reader.leave()
  await run.untilStatus('it to leave', ({ stages }) => stages[0]!.counters.clientsLeft === 1)
  send([eventOf('other'), { ...eventOf('acme'), n: 3 }])
  const again = await Reader.open(t, port, '/events', { ...ACME, 'last-event-id': lastId })
  await again.got(1)
  assert.deepEqual([again.events.map(({ n }) => n), again.missed], [[3], []])
})
