// The sources of a host's own logs, in a Debian that a real systemd has booted.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { orSkip } from '../servers/available.ts'
import { type Machine, startMachine } from '../servers/machine.ts'
import { until } from '../servers/support.ts'
import { root } from '../support/process.ts'

type Fields = { [field: string]: unknown }

const COUNT = 1000

const shipped = (file: string) => readFileSync(join(root, 'systemd', file), 'utf8')

/** A unit of systemd/ that writes to a file. */
function unitOf(name: string): string {
  return shipped(`sluice-${name}.service`)
    .replace(/SLUICE_PUSH_CONNECT=\S+/, `SLUICE_PUSH_CONNECT=file:///out/${name}`)
    .replace(/^RestartSec=.*$/m, 'RestartSec=100ms')
    .replace('[Service]', '[Service]\nBindPaths=/out\nEnvironment=SLUICE_LOG_LEVEL=trace')
}

const FILES = {
  // By another name, it is left out as its own unit alone.
  '/etc/systemd/system/shipper.service': unitOf('journal').replace('Restart=on-failure', 'Restart=always'),
  '/etc/systemd/system/sluice-syslog-unix.service': unitOf('syslog-unix'),
  '/etc/systemd/system/sluice-syslog-unix.socket': shipped('sluice-syslog-unix.socket'),
  '/etc/sysusers.d/sluice.conf': shipped('sysusers.d/sluice.conf'),
  '/etc/tmpfiles.d/sluice.conf': shipped('tmpfiles.d/sluice.conf'),
  '/etc/systemd/system/noise.service': `[Service]
ExecStart=/bin/sh -c 'n=0; while [ $n -lt ${COUNT} ]; do echo "number $n"; n=$((n+1)); done'
`,
  '/etc/systemd/journald.conf.d/test.conf': '[Journal]\nForwardToSyslog=yes\nRateLimitIntervalSec=0\n',
}

/** The records in a file that grows. One kill may have left half a line, whose record comes again. */
function recordsIn(machine: Machine, name: string): Fields[] {
  const path = join(machine.out, name)
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  const whole = lines.filter(line => line.endsWith('}'))
  assert.ok(lines.length - whole.length <= 1)
  return whole.map(line => JSON.parse(line))
}

async function untilIn(machine: Machine, name: string, found: (records: Fields[]) => boolean) {
  await until(() => found(recordsIn(machine, name)), { timeout: 30_000, what: `all of it in ${name}` })
  return recordsIn(machine, name)
}

const numberIn = ({ message }: Fields) => /^number (\d+)$/.exec(String(message))?.[1]
const unitIn = ({ journal }: Fields) => (journal as Fields | undefined)?._SYSTEMD_UNIT

describe('on a host with systemd', async () => {
  test('the journal and what journald forwards, killed in between', async t => {
    const machine = await orSkip(t, () => startMachine(FILES))
    if (!machine) return
    t.after(() => machine.stop())
    await machine.run('chmod', '0777', '/out')
    await machine.run('systemctl', 'start', 'shipper', 'sluice-syslog-unix')
    await untilIn(machine, 'journal', records => records.length > 10)
    await machine.run('systemctl', 'start', '--no-block', 'noise')
    await untilIn(machine, 'journal', records => records.some(numberIn))
    await machine.run('systemctl', 'kill', '--signal=KILL', 'shipper')

    await t.test('sluice-journal has each entry, under one id, and none of its own', async () => {
      await machine.run('logger', '-t', 'last', 'the last one')
      const records = await untilIn(machine, 'journal', all =>
        all.some(record => record.message === 'the last one'),
      )
      const ids = new Map<string, unknown>()
      for (const record of records) {
        const number = numberIn(record)
        if (number === undefined) continue
        const { id } = record['@meta'] as { id: string }
        assert.equal(ids.get(number) ?? id, id)
        ids.set(number, id)
        assert.deepEqual([unitIn(record), record.syslog_program], ['noise.service', 'sh'])
      }
      assert.deepEqual(
        [...ids.keys()].map(Number).sort((a, b) => a - b),
        Array.from({ length: COUNT }, (_, n) => n),
      )
      assert.deepEqual(
        records.filter(record => unitIn(record) === 'shipper.service'),
        [],
      )
      assert.deepEqual(
        records.filter(record => unitIn(record) === 'sluice-syslog-unix.service'),
        [],
      )
      const own = await machine.run('journalctl', '--unit=shipper.service', '--output=cat', '--no-pager')
      assert.ok(own.match(/"msg":"ready"/g)!.length >= 2, own)
    })

    await t.test('sluice-syslog-unix has what journald forwards, as of who sent it', async () => {
      const script = 'logger -t forwarded -p auth.err hello; echo $$'
      await machine.run('setpriv', '--reuid=1234', '--regid=1235', '--clear-groups', 'sh', '-c', script)
      const forwarded = (record: Fields) => String(record.message).endsWith(' forwarded: hello')
      const records = await untilIn(machine, 'syslog-unix', all => all.some(forwarded))
      const { message, sender_uid, sender_gid } = records.find(forwarded)!
      assert.match(String(message), /^<35>/)
      assert.deepEqual([sender_uid, sender_gid], [1234, 1235])
    })
  })
})
