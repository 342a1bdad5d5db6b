import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { Machine } from '../../servers/machine.ts'
import { until } from '../../servers/support.ts'
import { NODE, typed } from './machine.ts'

const HUB = '--push-connect ack+ipc:///run/sluice/hub.ipc --now'
const LIVE = 'ipc:///run/sluice/live.ipc'

/** Events by UDP, from pages and of the host go to a hub, which publishes them, and are counted: each a service, by links of the host. */
export async function events(t: TestContext, machine: Machine): Promise<void> {
  const service = (command: string) => typed(machine, `/opt/sluice/bin/sluice service ${command}`)
  const keys = async () => {
    const asked = "fetch('http://127.0.0.1:8517/api/v1/keys').then(r => r.text())"
    return machine.run(NODE, '-e', `${asked}.then(t => process.stdout.write(t))`)
  }
  // What is published while nobody has subscribed is nobody's, so it is sent until it is there.
  const untilCounted = (type: string) =>
    until(
      async () => {
        const sent = `s.send('{"type":"${type}","account":"acme"}', 5170, '127.0.0.1', () => s.close())`
        await machine.run(NODE, '-e', `const s = require('node:dgram').createSocket('udp4'); ${sent}`)
        return (await keys()).includes(`acme/${type}`)
      },
      { timeout: 30_000, what: `a count of ${type}` },
    )

  await service(`install count --pull-connect sub+${LIVE} --now`)
  await service(`install hub --push-bind pub+${LIVE} --now`)
  for (const source of ['udp-json', 'host-metrics --every 1s', 'msgpack'])
    await service(`install ${source} ${HUB}`)
  // It is there for everybody.
  assert.equal(await service(`install collect ${HUB}`), 'collect: installed\n')
  await untilCounted('pageview')

  await t.test('who feeds whom is found', async () => {
    const graph = JSON.parse(await typed(machine, '/opt/sluice/bin/sluice graph --json --over 0'))
    const between = (graph.edges as { from: string; to: string; delivery: string }[])
      .filter(({ from, to }) => ![from, to].some(id => id.startsWith('outside ')))
      .map(({ from, to, delivery }) => `${from} ${to} ${delivery}`)
    const sources = ['collect', 'host-metrics', 'msgpack', 'udp-json']
    const acknowledged = sources.map(source => `${source} hub acknowledged`)
    assert.deepEqual(between.sort(), [...acknowledged, 'hub count published'].sort())
  })

  await t.test('a publisher that is started again is found again', async () => {
    await typed(machine, 'systemctl restart sluice-hub')
    await untilCounted('again')
    assert.match(await keys(), /acme\/pageview/)
  })

  await service('uninstall udp-json host-metrics msgpack collect hub count --purge')
  assert.match(await service('status'), /^no service is installed/)
}
