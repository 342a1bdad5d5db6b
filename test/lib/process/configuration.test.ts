import assert from 'node:assert/strict'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { Misuse } from '../../../src/lib/errors.ts'
import { refuseStrangers } from '../../../src/lib/process/configuration.ts'
import { root, Sluice } from '../../support/process.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-conf-'))
after(() => rmSync(folder, { recursive: true }))

function file(name: string, content: string | Buffer, mode = 0o644): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}

const NOWHERE = ['--pull-connect', 'tcp://127.0.0.1:1', '--push-connect', 'tcp://127.0.0.1:1']

describe('a configuration file', { concurrency: true }, () => {
  test('stands between the command line and the variables', async t => {
    const lines = [
      'name from-file',
      'batch-delay 20ms',
      'buffer 2MiB',
      'pull-connect tcp://127.0.0.1:1',
      'pull-connect tcp://127.0.0.1:2',
      'push-connect tcp://127.0.0.1:3',
    ]
    const path = file('order.conf', lines.join('\n'))
    const args = ['--config', path, '--buffer', '3MiB', '--pull-connect', 'tcp://127.0.0.1:9']
    const env = { SLUICE_BATCH_DELAY: '30ms', SLUICE_BUFFER: '4MiB', SLUICE_MAX_MESSAGE: '5MiB' }
    const run = new Sluice(t, 'sluice-relay', args, { env })
    await run.faces()
    const status = await run.untilStatus('its stage', ({ stages }) => stages.length === 1)
    const { name, configuration } = status as unknown as { name: string; configuration: string }
    assert.deepEqual([name, configuration], ['from-file', path])
    const options = status.stages[0]!.options as { [flag: string]: unknown }
    assert.deepEqual(
      [options['--buffer'], options['--batch-delay'], options['--max-message']],
      [3 * 2 ** 20, 20, 5 * 2 ** 20],
    )
    // A list that is given in a stronger place takes the place of the weaker one.
    assert.deepEqual(options['--pull-connect'], ['tcp://127.0.0.1:9'])
    assert.equal(await run.stop(), 0)
  })

  test('NAME.conf is read where systemd says where it is, of the name or of the kind', async t => {
    const conf = join(folder, 'etc')
    mkdirSync(conf)
    writeFileSync(join(conf, 'edge.conf'), 'buffer 2MiB')
    writeFileSync(join(conf, 'sluice-relay.conf'), 'this is not read')
    writeFileSync(join(conf, 'relay.conf'), 'name kind')
    const env = { CONFIGURATION_DIRECTORY: `${conf}:/nowhere` }
    const named = new Sluice(t, 'sluice-relay', ['--name', 'edge', ...NOWHERE], { env })
    const { stages } = await named
      .faces()
      .then(() => named.untilStatus('it', ({ stages }) => stages.length > 0))
    assert.equal((stages[0]!.options as { [flag: string]: unknown })['--buffer'], 2 * 2 ** 20)
    const kind = new Sluice(t, 'sluice-relay', NOWHERE, { env })
    assert.match((await kind.faces())[0]!, /kind\.sock$/)
    const other = new Sluice(t, 'sluice-relay', ['--name', 'other', ...NOWHERE], { env })
    assert.match((await other.faces())[0]!, /other\.sock$/)
    // One that is named takes its place.
    const asked = new Sluice(t, 'sluice-relay', ['--config', file('asked.conf', 'name asked'), ...NOWHERE], {
      env,
    })
    assert.match((await asked.faces())[0]!, /asked\.sock$/)
  })

  test('may be named by a variable', async t => {
    const env = { SLUICE_CONFIG: file('variable.conf', 'name by-variable') }
    const run = new Sluice(t, 'sluice-relay', NOWHERE, { env })
    assert.match((await run.faces())[0]!, /by-variable\.sock$/)
  })

  test('holds a whole chain; its copies get what it says', async t => {
    const path = file(
      'chain.conf',
      'name chain\ngrace 7s\nchain syslog-json*1 | relay --push-connect tcp://127.0.0.1:1',
    )
    const chain =
      'relay --pull-connect tcp://127.0.0.1:1 | syslog-json*1 --schema ecs | relay --push-connect tcp://127.0.0.1:1'
    const copies = file('copies.conf', `name star\nchain ${chain}`)
    const env = { CONFIGURATION_DIRECTORY: folder }
    // Were it read by the copy, it would not start.
    file('star.syslog-json.1.conf', 'nonsense')
    const run = new Sluice(t, 'sluice', ['run', '--config', copies], { env })
    await run.ready()
    const { stages } = await run.statusOf('star.syslog-json.1')
    assert.equal((stages[0]!.options as { [flag: string]: unknown })['--schema'], 'ecs')
    assert.equal(await run.stop(), 0)
    const checked = new Sluice(t, 'sluice', ['run', '--config', path, '--check'])
    assert.equal(await checked.exited, 64)
    assert.match(checked.stderr, /copies cannot share standard input/)
    const typed = new Sluice(t, 'sluice', ['run', '--config', path, '--check', 'syslog-json'])
    assert.equal(await typed.exited, 0, typed.stderr)
  })

  test('docs/configuration.md: its file is sound', async t => {
    const docs = readFileSync(join(root, 'docs/configuration.md'), 'utf8')
    const [, example = ''] = /<!-- file: edge.conf -->\n```\n([\s\S]*?)```/.exec(docs) ?? []
    const path = file('docs.conf', example)
    const run = new Sluice(t, 'sluice', ['run', '--config', path, '--check'])
    assert.equal(await run.exited, 0, run.stderr)
    const [, first = ''] = /```\n(# \/etc\/sluice\/edge.conf[\s\S]*?)```/.exec(docs) ?? []
    const udp = new Sluice(t, 'sluice-syslog-udp', ['--config', file('udp.conf', first), '--check'])
    assert.doesNotMatch(udp.stderr, /udp\.conf:/)
  })

  const refused: [what: string, config: () => string, message: RegExp][] = [
    ['a bad line', () => file('bad.conf', '# x\nlisen :1'), /bad\.conf:2: unknown option 'lisen'/],
    ['a file that is not there', () => join(folder, 'none'), /--config .*none: there is no such file/],
    ['a folder', () => folder, /this is a folder; name a file in it/],
    [
      'no text',
      () => file('nul.conf', 'name a\nname\0b'),
      /nul\.conf:2: there is a NUL byte: this is no text/,
    ],
    [
      'no UTF-8',
      () => file('latin.conf', Buffer.from('# caf\u00e9\nname x', 'latin1')),
      /latin\.conf:1: this is not UTF-8/,
    ],
    ['no end', () => '/dev/zero', /it is larger than 1048576 bytes/],
    [
      'what everybody may write',
      () => file('open.conf', 'name x', 0o666),
      /open\.conf: everybody may write it.*; type: chmod go-w \//,
    ],
  ]
  for (const [what, config, message] of refused)
    test(`${what} is misuse, also for --check`, async t => {
      for (const check of [[], ['--check']]) {
        const run = new Sluice(t, 'sluice-relay', ['--config', config(), ...NOWHERE, ...check])
        assert.equal(await run.exited, 64)
        assert.match(run.stderr, message)
        assert.equal(run.stderr.split('\n').length, 2, run.stderr)
      }
    })

  test('a byte order mark is none of it; a pipe will do', async t => {
    const marked = file('bom.conf', '\ufeffname marked\n')
    const run = new Sluice(t, 'sluice-relay', ['--config', marked, '--check'])
    assert.equal(await run.exited, 0, run.stderr)
    const command = `echo 'chain relay' | ${join(root, 'bin/sluice')} run --config /dev/stdin --check`
    const piped = new Sluice(t, '/bin/sh', ['-c', command])
    assert.equal(await piped.exited, 0, piped.stderr)
  })
})

test('who may write it: nobody but its owner, and a group that is no other to the process', () => {
  const stat = statSync(file('stat.conf', ''))
  const statOf = (mode: number, gid: number, owner: number) =>
    Object.assign(Object.create(stat), { mode: 0o100000 | mode, gid, uid: owner })
  const cases: [mode: number, gid: number, uid: number, refused: boolean, owner?: number][] = [
    [0o644, 5, 0, false, 1000],
    [0o644, 5, 1000, false, 1000],
    [0o644, 5, 0, false],
    [0o664, 0, 0, false],
    [0o664, 5, 0, true],
    [0o664, 5, 1000, false],
    [0o666, 5, 1000, true],
    [0o602, 0, 0, true],
  ]
  for (const [mode, gid, uid, refused, owner = 0] of cases) {
    const look = () => refuseStrangers('x.conf', statOf(mode, gid, owner), uid)
    if (refused) assert.throws(look, Misuse, mode.toString(8))
    else look()
  }
})

test('to root, it matters who may put another one in its place', {
  skip: process.getuid?.() !== 0,
}, async t => {
  const own = join(folder, 'own')
  mkdirSync(own)
  writeFileSync(join(own, 'x.conf'), 'buffer 2MiB')
  const check = async () => {
    const run = new Sluice(t, 'sluice-relay', ['--check', '--config', join(own, 'x.conf'), ...NOWHERE])
    return [await run.exited, run.stderr] as const
  }
  assert.deepEqual(await check(), [0, ''])
  chmodSync(own, 0o777)
  const [code, said] = await check()
  assert.equal(code, 64)
  assert.match(said, /everybody may change the folder .*own, .*; type: chmod go-w .*own\n$/)
  // As /tmp is: there only the owner of a file can put another one in its place.
  chmodSync(own, 0o1777)
  assert.deepEqual(await check(), [0, ''])
  chmodSync(own, 0o770)
  chownSync(own, 0, 12345)
  assert.match((await check())[1], /group 12345 may change the folder/)
  // Of whoever types sudo, or as it comes from the host of a container.
  chmodSync(own, 0o755)
  chownSync(own, 12345, 12345)
  chownSync(join(own, 'x.conf'), 12345, 12345)
  assert.deepEqual(await check(), [0, ''])
})
