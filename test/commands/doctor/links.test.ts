import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { checkLinks } from '../../../src/commands/doctor/checks/links.ts'
import type { Host } from '../../../src/commands/doctor/host.ts'
import { createKeyPair, formatKeyFile } from '../../../src/lib/curve/key-file.ts'
import { HOST, plan, said } from './support.ts'

const listening: Host['sockets'] = [
  { protocol: 'tcp', host: '0.0.0.0', port: 7100, inode: '1', drops: 0, owner: { pid: 1, program: 'other' } },
]
const facts = { host: { ...HOST, sockets: listening }, isThere: (path: string) => path === '/run/sluice' }

const from = 'syslog-udp --name from --push'
const to = 'store --name to --pull'

describe('links that do not fit together', () => {
  const cases: [what: string, commands: string[], wrong: RegExp | undefined][] = [
    [
      'a bind and a connect',
      [`${from}-bind tcp://127.0.0.1:7000`, `${to}-connect tcp://127.0.0.1:7000`],
      undefined,
    ],
    [
      'the same by another name of this host',
      [`${from}-bind tcp://127.0.0.1:7000`, `${to}-connect tcp://localhost:7000`],
      undefined,
    ],
    [
      'all addresses',
      [`${from}-connect tcp://192.0.2.1:7000`, `${to}-bind 'tcp://*:7000' --insecure`],
      undefined,
    ],
    [
      'one publishes and another subscribes',
      [`${from}-bind pub+tcp://127.0.0.1:7000`, `${to}-connect sub+tcp://127.0.0.1:7000`],
      undefined,
    ],
    [
      'one publishes and another pulls',
      [`${from}-bind pub+tcp://127.0.0.1:7000`, `${to}-connect tcp://127.0.0.1:7000`],
      /^wrong to: --pull-connect tcp:.*where from has --push-bind pub\+tcp:.*only who publishes and who subscribes belong together/,
    ],
    [
      'nobody publishes',
      [`${to}-connect sub+tcp://127.0.0.1:7000`],
      /nobody binds that address -> --push-bind pub\+tcp:\/\/127\.0\.0\.1:7000 for/,
    ],
    ['another host', [`${from}-connect tcp://far.example:7000`], undefined],
    [
      'a port that is a free one',
      [`${from}-bind tcp://127.0.0.1:0`, `${to}-bind tcp://127.0.0.1:0`],
      undefined,
    ],
    ['pipes and files', ['syslog-json --pull-connect - --push-connect file:///a'], undefined],
    [
      'two binds',
      [`${from}-bind tcp://127.0.0.1:7000`, `${to}-bind tcp://127.0.0.1:7000`],
      /^wrong to: --pull-bind tcp:\/\/127\.0\.0\.1:7000 is bound by from as well \(1\): only one of them can -> --pull-connect/,
    ],
    [
      'two binds, one of all addresses',
      [`${from}-bind tcp://127.0.0.1:7000`, `${to}-bind 'tcp://*:7000' --insecure`],
      /is bound by from as well/,
    ],
    [
      'two binds of one path',
      [`${from}-bind ipc:///run/sluice/a`, `${to}-bind ipc:///run/sluice/a`],
      /is bound by from as well/,
    ],
    [
      'two binds of one process',
      [`${from}-bind tcp://127.0.0.1:7000 --push-bind tcp://127.0.0.1:7000`],
      /is bound by from as well/,
    ],
    [
      'a connect without a bind',
      [`${from}-connect ack+tcp://127.0.0.1:7000`],
      /^wrong from: --push-connect ack\+tcp:\/\/127\.0\.0\.1:7000: nobody binds that address -> --pull-bind ack\+tcp:\/\/127\.0\.0\.1:7000 for/,
    ],
    ['a connect to another program', [`${from}-connect tcp://127.0.0.1:7100`], undefined],
    [
      'a connect to a path where nothing is',
      [`${to}-connect ipc:///run/sluice/none`],
      /^wrong to: .*nobody binds.* -> --push-bind ipc:/,
    ],
    [
      'a bind in a folder that is not there',
      [`${to}-bind ipc:///run/nowhere/a`],
      /there is no folder \/run\/nowhere -> sudo install -d -o root -g sluice -m 2770 \/run\/nowhere$/,
    ],
    [
      'acknowledged at one end',
      [`${from}-connect ack+tcp://127.0.0.1:7000`, `${to}-bind tcp://127.0.0.1:7000`],
      /one end is acknowledged and the other is not, so nothing passes -> ack\+tcp:\/\/127\.0\.0\.1:7000 at both ends$/,
    ],
    [
      'both send',
      [`${from}-bind tcp://127.0.0.1:7000`, 'syslog-udp --name b --push-connect tcp://127.0.0.1:7000'],
      /both send -> --pull-bind at from$/,
    ],
    [
      'batches read as texts',
      [`${from}-bind tcp://127.0.0.1:7000`, `${to}-connect tcp://127.0.0.1:7000?framing=text`],
      /read as one text -> \?framing=batch at both ends/,
    ],
    [
      'records',
      [`${from}-bind tcp://127.0.0.1:7000?framing=record`, `${to}-connect tcp://127.0.0.1:7000`],
      undefined,
    ],
    [
      'texts read as batches',
      [`${from}-bind tcp://127.0.0.1:7000?framing=text`, `${to}-connect tcp://127.0.0.1:7000`],
      /texts of several lines/,
    ],
    [
      'a dead-letter link',
      [`${to}-bind tcp://127.0.0.1:7000 --dead-letters ack+tcp://127.0.0.1:7999`],
      /--push-connect ack\+tcp:\/\/127\.0\.0\.1:7999: nobody/,
    ],
    ['inside a chain', ["run --name chain 'syslog-udp | syslog-json*2 | store'"], undefined],
  ]
  for (const [what, commands, wrong] of cases)
    test(what, async () => {
      const findings = checkLinks(await plan(...commands), facts)
      const bad = said(findings.filter(({ level }) => level !== 'well'))
      if (!wrong) assert.deepEqual(bad, [])
      else {
        assert.equal(bad.length, 1, bad.join('\n'))
        assert.match(bad[0]!, wrong)
      }
    })
})

test('keys at one end only', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const pair = createKeyPair()
  writeFileSync(join(folder, 'key'), formatKeyFile('a', pair), { mode: 0o600 })
  writeFileSync(join(folder, 'allowed'), `${pair.publicKey} a\n`)
  const own = `--curve-key ${folder}/key`
  const look = async (...commands: string[]) =>
    said(checkLinks(await plan(...commands), facts).filter(({ level }) => level !== 'well')).join('\n')
  const bound = `store --name to --pull-bind tcp://127.0.0.1:7000 ${own} --curve-allow ${folder}/allowed`
  const dialled = 'relay --name from --pull-connect - --push-connect tcp://127.0.0.1:7000'
  const wrong =
    /^wrong from: .*one end has keys and the other has none.* -> --curve-key and \?server-key= at from$/
  assert.match(await look(dialled, bound), wrong)
  assert.equal(await look(`${dialled}?server-key=${folder}/key ${own}`, bound), '')
  await assert.rejects(plan(`${dialled}?server-key=${folder}/none ${own}`), /none: there is no such file/)
})
