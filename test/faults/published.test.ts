// Published events over a network that is cut.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Push } from 'zeromq'
import { orSkip } from '../servers/available.ts'
import type { Status } from '../support/process.ts'
import { type Host, Namespaces } from './namespaces.ts'
import { until } from './wait.ts'

const PORT = 7002

const subscriptionsOf = ({ stages }: Status) =>
  stages[0]!.links.map(link => (link as { subscriptions?: number }).subscriptions ?? 0)

/** As a host that has lost its power: nobody is told. */
const forgetConnections = ({ name }: Host) =>
  execFileSync('ip', ['netns', 'exec', name, 'ss', '-KHtn', 'state', 'established', `sport = :${PORT}`])

test('a subscriber finds a publisher again whose host went without a word, and came back', async t => {
  const net = await orSkip(t, () => Namespaces.open(t))
  if (!net) return
  const folder = mkdtempSync(join(tmpdir(), 'sluice-published-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  // A socket in the file system is there in all namespaces.
  const pipe = `ipc://${join(folder, 'pipe')}`
  const source = net.left.service(t, 'sluice-relay', [
    '--insecure',
    '--pull-bind',
    pipe,
    '--push-bind',
    `pub+tcp://0.0.0.0:${PORT}`,
  ])
  const view = net.right.service(t, 'sluice-relay', [
    '--pull-connect',
    `sub+tcp://${net.left.address}:${PORT}`,
    '--push-connect',
    '-?format=ndjson',
  ])
  const push = new Push({ linger: 0 })
  t.after(() => push.close())
  push.connect(pipe)
  const subscribed = () =>
    until('a subscription', async () => subscriptionsOf(await source.status()).includes(1), 25_000)
  await source.ready()
  await subscribed()
  await push.send('{"n":1}\n')
  await view.run.records(1)
  net.cut()
  forgetConnections(net.left)
  await source.kill()
  await source.ready()
  net.restore()
  await subscribed()
  await push.send('{"n":2}\n')
  assert.deepEqual(
    (await view.run.records(2)).map(({ n }) => n),
    [1, 2],
  )
})
