import assert from 'node:assert/strict'
import {
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import type { AsService } from '../../../src/lib/daemon.ts'
import { type Daemon, filter, type LogRecord, path, sink, text, words } from '../../../src/lib/index.ts'
import { freshPath } from '../../../src/lib/options.ts'
import { loadDaemon } from '../../../src/lib/registry.ts'
import { readFlags } from '../../../src/lib/service/defaults.ts'
import { checkFresh } from '../../../src/lib/service/places.ts'
import { everyOption } from '../../../src/lib/service/rights.ts'
import { serviceFor } from '../../../src/lib/service/service.ts'

const program = { command: (word: string) => ['sluice', word], environment: [], home: [] }

function made(word: string, daemon: Daemon, flags: readonly string[]) {
  const given = readFlags(word, daemon, flags)
  return serviceFor({ word, kind: word, name: 'x', daemon, given, program, comment: [] })
}

describe('the words of a service', () => {
  test('what was typed is on the command line, what was not in variables', async () => {
    const { unit, sockets } = made('syslog-tcp', await loadDaemon('syslog-tcp'), [
      '--listen',
      '[::1]:514',
      '--oversize',
      'split',
    ])
    assert.deepEqual(unit.command, [
      'sluice',
      'syslog-tcp',
      '--name',
      'x',
      '--listen',
      'systemd',
      '--oversize',
      'split',
    ])
    assert.deepEqual(unit.environment, [
      ['SLUICE_PUSH_CONNECT', 'ack+ipc:///run/sluice/syslog-json.ipc'],
      ['SLUICE_SPOOL', '%S/sluice-x'],
    ])
    assert.deepEqual(unit.after, ['sluice-syslog-json.service'])
    assert.deepEqual(
      sockets.map(({ addresses, kind }) => [addresses, kind]),
      [[['[::1]:514'], 'stream']],
    )
  })

  test('what a file says counts for the rights, and is said where systemd does it in its place', async () => {
    const daemon = await loadDaemon('syslog-udp')
    const configured = new Map([
      ['listen', ['127.0.0.1:1514']],
      ['pushConnect', ['ack+tcp://192.0.2.7:7000']],
    ])
    const { unit, sockets } = serviceFor({
      ...{ word: 'syslog-udp', kind: 'syslog-udp', name: 'x', daemon, given: new Map() },
      ...{ configured, program, comment: [] },
    })
    assert.deepEqual(unit.command.slice(-2), ['--listen', 'systemd'])
    assert.deepEqual(sockets[0]!.addresses, ['127.0.0.1:1514'])
    assert.deepEqual(
      [unit.rights.peers, unit.environment],
      [['192.0.2.7'], [['SLUICE_SPOOL', '%S/sluice-x']]],
    )
  })

  test('a secret is handed over by systemd', async () => {
    const flags = ['--user', 'x', '--password-file', '/etc/x/password']
    const { unit } = made('elasticsearch', await loadDaemon('elasticsearch'), flags)
    assert.deepEqual(unit.credentials, [{ name: 'password-file', path: '/etc/x/password' }])
    assert.deepEqual(unit.command.slice(-2), ['--password-file', '%d/password-file'])
    assert.deepEqual(unit.rights.reads, [])
  })

  test('a file that is a link is seen where it leads to as well, and where it will', async t => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'links-')))
    t.after(() => rmSync(folder, { recursive: true }))
    for (const one of ['live/x', 'archive/x']) mkdirSync(join(folder, one), { recursive: true })
    writeFileSync(join(folder, 'archive/x/chain1.pem'), '')
    symlinkSync('../../archive/x/chain1.pem', join(folder, 'live/x/chain.pem'))
    const options = { cert: path('x') }
    const own = filter({ summary: 'x', options, open: () => (record: LogRecord) => record })
    const { unit } = made('own', own, ['--cert', join(folder, 'live/x/chain.pem')])
    assert.deepEqual(unit.rights.reads, [join(folder, 'archive/x'), join(folder, 'live/x')])
  })

  describe('bug: what a pattern matches was not seen where it is a link', () => {
    function files(t: TestContext): { folder: string; seen: (glob: string) => Promise<string[]> } {
      const folder = realpathSync(mkdtempSync(join(tmpdir(), 'links-')))
      t.after(() => rmSync(folder, { recursive: true }))
      for (const one of ['log', 'pods/a', 'disk/b', 'web']) mkdirSync(join(folder, one), { recursive: true })
      for (const one of ['pods/a/0.log', 'disk/b/x.log']) writeFileSync(join(folder, one), '')
      symlinkSync('../pods/a/0.log', join(folder, 'log/a.log'))
      symlinkSync(join(folder, 'disk/b'), join(folder, 'web/b'))
      const seen = async (glob: string) => {
        const { unit } = made('tail', await loadDaemon('tail'), ['--file', join(folder, glob)])
        return unit.rights.reads.map(path => relative(folder, path))
      }
      return { folder, seen }
    }

    test('a file, by its name and by a pattern', async t => {
      const { seen } = files(t)
      assert.deepEqual(await seen('log/a.log'), ['log', 'pods/a'])
      assert.deepEqual(await seen('log/*.log'), ['log', 'pods/a'])
      assert.deepEqual(await seen('*/*.log'), [''])
    })

    test('a folder', async t => {
      const { seen } = files(t)
      assert.deepEqual(await seen('web/*/*.log'), ['disk/b', 'web'])
    })

    test('not of what others have put there', {
      skip: process.getuid?.() !== 0 && 'it takes root',
    }, async t => {
      const { folder, seen } = files(t)
      lchownSync(join(folder, 'log/a.log'), 65534, 65534)
      assert.deepEqual(await seen('log/*.log'), ['log'])
      chownSync(join(folder, 'pods/a/0.log'), 65534, 65534)
      assert.deepEqual(await seen('log/*.log'), ['log', 'pods/a'])
    })
  })

  test('what was typed in a folder is looked for there', async () => {
    const flags = ['--file', 'log/*.log', '--file', '*.log', '--exclude', '*.gz', '--exclude', 'log/x*']
    const { unit } = made('tail', await loadDaemon('tail'), flags)
    const globs = unit.command.filter(word => word.includes('*'))
    assert.deepEqual(globs, [resolve('log/*.log'), resolve('*.log'), '*.gz', resolve('log/x*')])
    assert.deepEqual(unit.rights.reads, [resolve('.'), resolve('log')].toSorted())
  })

  const NOWHERE: [word: string, flags: string[], why: RegExp][] = [
    ['relay', ['--push-connect', 'ipc://x.ipc'], /ipc:\/\/x.ipc: a service is started in \//],
    ['hub', ['--push-bind', 'pub+ipc://x.ipc'], /ipc:\/\/x.ipc: a service is started in \//],
    // bug: it was shown all of /run.
    [
      'count',
      ['--store', 'redis+unix:///run/redis.sock?db=1'],
      /not shown all of \/run, .*folder of its own/,
    ],
    ['syslog-unix', ['--datagram', '/dev/log'], /\/dev\/log is journald's/],
    ['exec', ['--every', '1s', '--', './x'], /\.\/x: a service is started in \//],
    ['exec', ['--every', '1s', '--', '/home/app/x'], /sees no folders of people/],
    // bug: a key that was revoked by a new file in the place of the list still came in.
    ['syslog-tcp', ['--admin-tls-client-crl', '/crl.pem'], /--admin-tls-client-crl \/crl\.pem: .*all of \/,/],
  ]
  for (const [word, flags, why] of NOWHERE) {
    test(`${word} ${flags.join(' ')} is refused`, async () => {
      const daemon = await loadDaemon(word)
      assert.throws(() => made(word, daemon, flags), why)
    })
  }

  describe('bug: a key that was revoked by a new file in the place of the list still came in', () => {
    const own = (service: AsService) =>
      filter({
        summary: 'x',
        options: { list: freshPath('x') },
        service,
        open: () => (record: LogRecord) => record,
      })

    test('what is read again is seen through a folder, and not through one of the root', () => {
      assert.throws(() => made('own', own({}), ['--list', '/etc/allowed']), {
        message:
          '--list /etc/allowed: a service is not shown all of /etc, and would not see a new file in the place of /etc/allowed; put it into /etc/sluice',
      })
      made('own', own({}), ['--list', '/etc/sluice/allowed'])
    })

    test('a link to such a file is none', t => {
      const folder = mkdtempSync(join(tmpdir(), 'links-'))
      t.after(() => rmSync(folder, { recursive: true }))
      symlinkSync('/etc/allowed', join(folder, 'link'))
      assert.throws(
        () => made('own', own({}), ['--list', join(folder, 'link')]),
        /in the place of \/etc\/allowed/,
      )
    })

    test('who sees the host sees it, but for what is hidden', () => {
      made('own', own({ programs: true }), ['--list', '/etc/allowed'])
      assert.throws(() => made('own', own({ programs: true }), ['--list', '/tmp/allowed']), /all of \/tmp/)
    })

    test('and so are the lists and certificates of all daemons', async () => {
      const daemon = await loadDaemon('syslog-tcp')
      const again = Object.entries(everyOption(daemon)).filter(([, option]) => option.again)
      const tls = ['tlsCert', 'tlsClientCa', 'tlsClientCrl']
      const admin = ['adminTlsCert', 'adminTlsClientCa', 'adminTlsClientCrl']
      assert.deepEqual(
        again.map(([key]) => key),
        [...tls, 'curveServer', 'curveAllow', ...admin],
      )
      const { plan } = made('relay', await loadDaemon('relay'), ['--pull-bind', 'ack+tcp://127.0.0.1:7000'])
      const pull = plan.pull.map(one => ({ ...one, query: { allow: '/etc/allowed' } }))
      assert.throws(() => checkFresh({ ...plan, pull }, new Map()), /^Misuse: \?allow=\/etc\/allowed: /)
    })
  })

  test('where somebody else has a socket for it, each flag has its own', async () => {
    const udp = await loadDaemon('syslog-udp')
    const own = made('syslog-udp', udp, ['--listen', ':514', '--admin', 'systemd:admin'])
    assert.deepEqual(own.unit.command.slice(-4), ['--listen', 'systemd:listen', '--admin', 'systemd:admin'])
    const theirs = made('syslog-udp', udp, ['--listen', 'systemd'])
    assert.deepEqual([theirs.sockets, theirs.unit.command.slice(-1)], [[], ['systemd']])
    const unix = await loadDaemon('syslog-unix')
    const flags = ['--datagram', '/run/a', '--stream', '/run/b', '--admin', 'systemd']
    const words = made('syslog-unix', unix, flags).unit.command
    assert.deepEqual(
      words.filter(word => word.startsWith('systemd')),
      ['systemd:datagram', 'systemd:stream', 'systemd'],
    )
  })

  test('bug: who had said where connections come was given a path of datagrams as well', async () => {
    const { sockets } = made('syslog-unix', await loadDaemon('syslog-unix'), ['--stream', '/run/b'])
    assert.deepEqual(
      sockets.map(({ addresses }) => addresses),
      [['/run/b']],
    )
  })

  test('an address of an interface by name is opened when that is there', async () => {
    const { sockets } = made('syslog-udp', await loadDaemon('syslog-udp'), [
      '--listen',
      '[fe80::1%eth0]:5140',
    ])
    assert.deepEqual(sockets, [])
  })

  test('two kinds of sockets are two units', async () => {
    const flags = ['--datagram', '/run/a', '--stream', '/run/b']
    const { unit, sockets } = made('syslog-unix', await loadDaemon('syslog-unix'), flags)
    assert.deepEqual(
      sockets.map(({ name }) => name),
      ['sluice-x', 'sluice-x:stream'],
    )
    assert.deepEqual(unit.command.slice(-2), ['--listen', 'systemd'])
  })

  test('what a command consists of stays behind its flags, and means itself', () => {
    const options = { command: words('x'), note: text('y') }
    const daemon = sink({
      summary: 'x',
      options,
      batch: { bytes: '1KiB', delay: '0', concurrency: 1 },
      open: () => async () => undefined,
    })
    const { unit } = made('own', daemon, ['--note', '50%', '--', 'printf', '%s', '--note'])
    assert.deepEqual(unit.command.slice(-6), ['--note', '50%%', '--', 'printf', '%%s', '--note'])
  })

  test('what is wrong is said as the daemon says it', async () => {
    const daemon = await loadDaemon('elasticsearch')
    assert.throws(
      () => made('elasticsearch', daemon, ['--user', 'x']),
      /--user and --password-file go together/,
    )
  })
})
