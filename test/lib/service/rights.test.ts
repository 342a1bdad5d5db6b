import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Daemon, filter, type LogRecord } from '../../../src/lib/index.ts'
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
  ...{
    peers: [],
    ports: [],
    names: false,
    interfaces: false,
    reads: [],
    links: [],
    writes: [],
    groups: ['sluice'],
  },
  ...{ programs: false, kernel: false, users: false, host: false },
}

const CASES: [what: string, word: string, flags: string, rights: Partial<Rights>][] = [
  ['a parser has its links alone', 'syslog-json', '', { writes: ['/run/sluice'] }],
  [
    'a bridge connects to its link, and opens no port',
    'syslog-udp',
    '--listen :514',
    { links: ['/run/sluice'] },
  ],
  [
    'what systemd cannot open is opened by the daemon itself',
    'syslog-udp',
    '--listen host.example:514',
    { peers: 'anybody', ports: [514], links: ['/run/sluice'] },
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
  ['counts in the state folder need nothing', 'count', '', { writes: ['/run/sluice'] }],
  [
    'counts in a file elsewhere',
    'count',
    '--store sqlite:///srv/counts/count.sqlite',
    { writes: ['/run/sluice', '/srv/counts'] },
  ],
  [
    'counts in a Redis',
    'count',
    '--store redis://192.0.2.3:6379/2',
    { peers: ['192.0.2.3'], writes: ['/run/sluice'] },
  ],
  [
    'counts in a Redis at a unix socket',
    'count',
    '--store redis+unix:///run/redis/redis.sock?db=1',
    { links: ['/run/redis'], writes: ['/run/sluice'] },
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
    { reads: ['/srv', '/var/log'], links: ['/run/sluice'], groups: ['sluice', 'adm'] },
  ],
  ['a spool elsewhere', 'relp', '--spool /srv', { links: ['/run/sluice'], writes: ['/srv'] }],
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
