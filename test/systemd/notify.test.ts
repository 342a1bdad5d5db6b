// What daemons tell systemd, and what it gives them, in a Debian that a real one has booted.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { orSkip } from '../servers/available.ts'
import { type Machine, startMachine } from '../servers/machine.ts'
import { until } from '../servers/support.ts'

const BIN = '/opt/sluice/bin'
const NODE = '/opt/sluice/node_modules/node/bin/node'
const SENDER = '/opt/sluice/test/systemd/send-numbers.mjs'

const unit = (command: string, more = '') => `[Unit]
StartLimitIntervalSec=0
[Service]
Type=notify
NotifyAccess=main
ExecStart=${command}
ExecReload=/bin/sh -c 'kill -HUP $MAINPID'
RuntimeDirectory=%N
Restart=on-failure
RestartSec=100ms
${more}
`

const FILES = {
  '/etc/systemd/system/udp.service': unit(
    `${BIN}/sluice-syslog-udp --listen systemd --push-connect file:///out/udp`,
    // It sees none of the network that its sockets are of.
    'DynamicUser=yes\nPrivateNetwork=yes\nProcSubset=pid\nReadWritePaths=/out\nWatchdogSec=5s',
  ),
  '/etc/systemd/system/udp.socket': `[Socket]
ListenDatagram=0.0.0.0:514
ListenDatagram=[::]:514
BindIPv6Only=ipv6-only
ReceiveBuffer=8M
`,
  '/etc/systemd/system/tcp.service': unit(
    `${BIN}/sluice-syslog-tcp --listen systemd --push-connect file:///out/tcp`,
    'DynamicUser=yes\nPrivateNetwork=yes\nReadWritePaths=/out',
  ),
  '/etc/systemd/system/tcp.socket': '[Socket]\nListenStream=514\n',
  '/etc/systemd/system/sink.service': unit(
    `${BIN}/sluice-elasticsearch --name sink --pull-bind tcp://127.0.0.1:7001 --node http://127.0.0.1:1`,
  ),
  '/etc/systemd/system/blocked.service': unit(
    `${BIN}/sluice /etc/blocked.ts --pull-connect file:///etc/hostname --push-connect file:///out/blocked`,
    'WatchdogSec=2s',
  ),
  '/etc/blocked.ts': `import { filter } from 'sluice'
export default filter({ summary: 'Never come back', options: {}, open: () => () => { while (true); } })
`,
}

/** Messages in a file that grows. */
function messagesIn(machine: Machine, name: string): string[] {
  const path = join(machine.out, name)
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  return lines.map(line => String(JSON.parse(line).message))
}

const show = async (machine: Machine, name: string, property: string) =>
  (await machine.run('systemctl', 'show', '--value', `--property=${property}`, name)).trim()

describe('a service of a real systemd', async () => {
  test('tells how it does, and is given its sockets', async t => {
    const machine = await orSkip(t, () => startMachine(FILES))
    if (!machine) return
    t.after(() => machine.stop())
    await machine.run('chmod', '0777', '/out')

    await t.test('is started by what comes first, and refuses nobody when it is started again', async () => {
      await machine.run('systemctl', 'start', 'udp.socket', 'tcp.socket')
      const sending = machine.run(NODE, SENDER, '/out/enough')
      const more = async (name: 'udp' | 'tcp') => {
        const before = messagesIn(machine, name).length
        const isMore = () => messagesIn(machine, name).length > before + 50
        await until(isMore, { timeout: 30_000, what: `more of ${name}` })
      }
      for (let n = 0; n < 3; n++) {
        await Promise.all([more('udp'), more('tcp')])
        await machine.run('systemctl', 'restart', 'udp', 'tcp')
      }
      await Promise.all([more('udp'), more('tcp')])
      writeFileSync(join(machine.out, 'enough'), '')
      const sent = JSON.parse(await sending) as { udp: number; tcp: number }
      for (const name of ['udp', 'tcp'] as const) {
        const isAll = () => messagesIn(machine, name).length >= sent[name]
        await until(isAll, { timeout: 30_000, what: `all of ${name}` })
        assert.equal(new Set(messagesIn(machine, name)).size, sent[name])
        assert.equal(await show(machine, name, 'NRestarts'), '0')
      }
      const log = await machine.run('journalctl', '--unit=udp', '--output=cat', '--no-pager')
      assert.match(log, /"endpoints":\["udp:\/\/0\.0\.0\.0:514","udp:\/\/\[::\]:514"/)
    })

    await t.test('says what it does, reads its files again, and stops', async () => {
      await until(async () => /^[1-9]\d* records/.test(await show(machine, 'udp', 'StatusText')), {
        timeout: 30_000,
        what: 'its status',
      })
      await machine.run('systemctl', 'reload', 'udp')
      assert.equal(await show(machine, 'udp', 'ActiveState'), 'active')
      await machine.run('systemctl', 'stop', 'udp.socket', 'tcp.socket', 'udp', 'tcp')
      for (const name of ['udp', 'tcp']) {
        assert.equal(await show(machine, name, 'Result'), 'success')
        assert.equal(await show(machine, name, 'ExecMainStatus'), '0')
      }
    })

    await t.test('is up although its server is not there, and says so', async () => {
      await machine.run('systemctl', 'start', 'sink')
      assert.equal(await show(machine, 'sink', 'ActiveState'), 'active')
      await until(
        async () => /waits for: http:\/\/127\.0\.0\.1:1/.test(await show(machine, 'sink', 'StatusText')),
        {
          timeout: 30_000,
          what: 'whom it waits for',
        },
      )
      await machine.run('systemctl', 'stop', 'sink')
    })

    await t.test('is killed and started again when its loop is blocked', async () => {
      await machine.run('systemctl', 'start', 'blocked')
      await until(async () => Number(await show(machine, 'blocked', 'NRestarts')) >= 2, {
        timeout: 60_000,
        what: 'two restarts',
      })
      await machine.run('systemctl', 'stop', 'blocked')
      const log = await machine.run('journalctl', '--unit=blocked', '--output=cat', '--no-pager')
      assert.match(log, /Watchdog timeout/)
      assert.match(log, /Failed with result 'watchdog'/)
    })
  })
})
