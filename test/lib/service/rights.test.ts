import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Daemon, filter, type LogRecord, sink, text, words } from '../../../src/lib/index.ts'
import { loadDaemon } from '../../../src/lib/registry.ts'
import { readFlags } from '../../../src/lib/service/defaults.ts'
import type { Rights } from '../../../src/lib/service/rights.ts'
import { serviceFor } from '../../../src/lib/service/service.ts'

const program = { command: (word: string) => ['sluice', word], environment: [], home: [] }

function made(word: string, daemon: Daemon, flags: readonly string[]) {
  const given = readFlags(word, daemon, flags)
  return serviceFor({ word, kind: word, name: 'x', daemon, given, program, comment: [] })
}

const NOTHING: Rights = {
  ...{ peers: [], ports: [], names: false, interfaces: false, reads: [], writes: [], groups: ['sluice'] },
  ...{ programs: false, kernel: false, users: false },
}

const CASES: [what: string, word: string, flags: string, rights: Partial<Rights>][] = [
  ['a parser has its links alone', 'syslog-json', '', { writes: ['/run/sluice'] }],
  [
    'a bridge connects to its link, and opens no port',
    'syslog-udp',
    '--listen :514',
    { reads: ['/run/sluice'] },
  ],
  [
    'what systemd cannot open is opened by the daemon itself',
    'syslog-udp',
    '--listen host.example:514',
    { peers: 'anybody', ports: [514], reads: ['/run/sluice'] },
  ],
  [
    'a sink speaks to its server alone',
    'elasticsearch',
    '--node http://192.0.2.3:9200 --node https://[2001:db8::1]:9200',
    { peers: ['192.0.2.3', '2001:db8::1'], writes: ['/run/sluice'] },
  ],
  [
    'a server by name may be anywhere',
    'elasticsearch',
    '--node https://es.example:9200',
    { peers: 'anybody', names: true, writes: ['/run/sluice'] },
  ],
  [
    'a link over TCP',
    'relay',
    '--pull-bind ack+tcp://127.0.0.1:7000 --push-connect ack+tcp://192.0.2.9:7000',
    { peers: ['192.0.2.9', 'localhost'], ports: [7000], interfaces: true },
  ],
  [
    'files are seen through their folder, unless that is one of the root',
    'journal',
    '--file /srv/x.journal --file /srv/y/z.journal --push-connect file:///srv/out/x',
    {
      ...{ reads: ['/etc/machine-id', '/run/log/journal', '/srv/x.journal', '/srv/y', '/var/log/journal'] },
      ...{ writes: ['/srv/out'], groups: ['sluice', 'systemd-journal'], kernel: true },
    },
  ],
  [
    'what is followed is read from the folder above the pattern',
    'tail',
    '--file /srv/*/logs/*.log --file /var/log/app.log',
    { reads: ['/run/sluice', '/srv', '/var/log'], groups: ['sluice', 'adm'] },
  ],
  ['a spool elsewhere', 'relp', '--spool /srv', { reads: ['/run/sluice'], writes: ['/srv'] }],
  [
    'a face for administrators',
    'relay',
    '--admin 127.0.0.1:9600',
    { peers: ['localhost'], ports: [9600], writes: ['/run/sluice'] },
  ],
]

describe('what a daemon needs', () => {
  for (const [what, word, flags, rights] of CASES) {
    test(`${what}: ${word} ${flags}`, async () => {
      const { unit } = made(word, await loadDaemon(word), flags.split(' ').filter(Boolean))
      const spool = unit.rights.writes.filter(path => !path.startsWith('%'))
      assert.deepEqual({ ...unit.rights, writes: spool }, { ...NOTHING, ...rights })
    })
  }

  test("somebody's own filter has its links alone, unless it says what it needs", () => {
    const own = { summary: 'x', open: () => (record: LogRecord) => record }
    assert.deepEqual(made('own', filter(own), []).unit.rights, { ...NOTHING, writes: ['/run/sluice'] })
    const asking = filter({ ...own, service: { network: true, reads: ['/usr/share/GeoIP'] } })
    const { rights } = made('own', asking, []).unit
    assert.deepEqual([rights.peers, rights.names, rights.reads], ['anybody', true, ['/usr/share/GeoIP']])
  })
})

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
