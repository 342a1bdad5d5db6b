import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, describe, type TestContext, test } from 'node:test'
import { examine } from '../../src/commands/doctor/examine.ts'
import { configurationsIn, findUnits } from '../../src/commands/doctor/find.ts'
import type { Finding } from '../../src/commands/doctor/finding.ts'
import { makeCertificate, noCertificates } from '../support/certificates.ts'
import { freePort } from '../support/port.ts'
import { Sluice } from '../support/process.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-doctor-'))
after(() => rmSync(folder, { recursive: true }))

function file(name: string, content: string): string {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

const isRoot = process.getuid?.() === 0

function* endless(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(64 * 1024, 'x')
}

/** A host of its own: its daemons are those of one runtime folder. */
function host(t: TestContext) {
  const own = mkdtempSync(join(folder, 'host-'))
  const env = { RUNTIME_DIRECTORY: own, STATE_DIRECTORY: own }
  const start = (program: string, ...args: string[]) => new Sluice(t, program, args, { env, cwd: folder })
  /** Somebody who answers in its folder: this for each question, or without an end. */
  async function answer(name: string, body: object | undefined) {
    const server = createServer((_, response) => {
      if (body) response.end(JSON.stringify(body))
      else
        Readable.from(endless())
          .on('error', () => {})
          .pipe(response)
    }).listen(join(own, `${name}.sock`))
    await once(server, 'listening')
    t.after(() => server.closeAllConnections())
    t.after(() => server.close())
  }
  async function doctor(...args: string[]) {
    const run = start('sluice', 'doctor', '--json', ...args)
    const code = await run.exited
    assert.equal(run.stderr, '')
    const { findings, looked } = JSON.parse(run.stdout) as { findings: Finding[]; looked: string[] }
    // The clock of the machine that runs the tests is its own affair, and so are its disks.
    const bad = findings.filter(({ level, check }) => level !== 'well' && !['clock', 'disk'].includes(check))
    return {
      code,
      looked,
      bad,
      text: bad.map(({ level, about, what, fix }) => `${level} ${about}: ${what} -> ${fix}`),
    }
  }
  return { own, start, doctor, answer }
}

describe('sluice doctor', { concurrency: true }, () => {
  test('finds nothing wrong with daemons that are well, and sees what they were started with', async t => {
    const { start, doctor } = host(t)
    const port = await freePort()
    const address = `tcp://127.0.0.1:${port}`
    const from = start(
      'sluice-syslog-tcp',
      '--name',
      'edge',
      '--listen',
      '127.0.0.1:0',
      '--push-bind',
      address,
    )
    const to = start(
      'sluice',
      'run',
      '--name',
      'chain',
      `syslog-json --pull-connect ${address} | relay --push-connect file://${folder}/out`,
    )
    await Promise.all([from.ready(), to.ready()])
    await from.untilStatus('its peer', ({ stages }) => stages[0]!.links[0]!.peers === 1)
    const { code, looked, text } = await doctor()
    assert.deepEqual(text, [])
    assert.notEqual(code, 1)
    assert.deepEqual(looked, [`chain (pid ${to.child.pid})`, `edge (pid ${from.child.pid})`])
  })

  test('says what is wrong with those that run', { skip: noCertificates }, async t => {
    const { start, doctor, own } = host(t)
    const { cert, key } = makeCertificate(folder, 'open', 'ca', 9)
    chmodSync(key, 0o644)
    const port = await freePort()
    const run = start(
      'sluice-syslog-tcp',
      ...['--name', 'edge', '--listen', '127.0.0.1:0', '--tls-cert', cert, '--tls-key', 'open.key'],
      ...['--push-connect', `ack+tcp://127.0.0.1:${port}`],
    )
    const gone = start(
      'sluice-relay',
      '--name',
      'gone',
      '--pull-connect',
      'tcp://127.0.0.1:1',
      '--push-connect',
      'tcp://127.0.0.1:1',
    )
    await Promise.all([run.ready(), gone.faces()])
    gone.child.kill('SIGKILL')
    await gone.exited
    const { code, text } = await doctor()
    assert.equal(code, 1)
    const has = (pattern: RegExp) =>
      assert.ok(
        text.some(line => pattern.test(line)),
        `${pattern}\n${text.join('\n')}`,
      )
    has(/^wrong edge: --push-connect ack\+tcp:.*nobody binds that address -> --pull-bind ack\+tcp:/)
    has(/^wrong edge: --tls-key .*open\.key: everybody on this host may read.* -> sudo chmod o= \//)
    has(/^warning edge: --tls-cert .*\(CN=open\) runs out in 8 days/)
    has(new RegExp(`^warning ${own}/gone\\.sock: nobody listens at it any more`))
  })

  test('looks into the spools of daemons that do not run', async t => {
    const { start, doctor, own } = host(t)
    const flags = [
      '--name',
      'edge',
      '--listen',
      '127.0.0.1:0',
      '--spool',
      own,
      '--push-connect',
      'ack+tcp://127.0.0.1:1',
    ]
    const run = start('sluice-syslog-tcp', ...flags)
    const client = connect(await run.port(), '127.0.0.1')
    client.end('<13>one\n<13>two\n')
    await run.untilStatus('both', ({ stages }) => stages[0]!.books.spooled === 2)
    run.child.kill('SIGKILL')
    await run.exited
    const conf = file(
      'edge.conf',
      `listen 127.0.0.1:0\npush-connect ack+tcp://far.example:1\nspool ${own}\nchain syslog-tcp`,
    )
    assert.equal((await doctor(conf)).code, 1)
    const chain = `name edge\nchain relay --name x`
    assert.match(
      (await doctor(file('wrong.conf', chain))).text[0]!,
      /^wrong .*wrong\.conf: it would not start: .*--name belongs to the process/,
    )
    const tcp = file(
      'syslog-tcp.conf',
      `name edge\nlisten 127.0.0.1:0\npush-connect ack+tcp://far.example:1\nspool ${own}`,
    )
    const waiting = await doctor(tcp)
    assert.match(
      waiting.text.join('\n'),
      /^warning .*edge\.spool: 2 records wait in it, and its daemon does not run -> start it again/m,
    )
    assert.equal(waiting.code, 2)
    // As a disk would: zeros in the middle of it, and in its log.
    for (const name of readdirSync(own).filter(name => /\.spool(-wal)?$/.test(name))) {
      const fd = openSync(join(own, name), 'r+')
      writeSync(fd, Buffer.alloc(40_000), 0, 40_000, 0)
      closeSync(fd)
    }
    const damaged = await doctor(tcp)
    assert.equal(damaged.code, 1)
    assert.match(damaged.text.join('\n'), /edge\.spool: it is damaged: .* -> sluice spool recover /)
  })

  test('reads configurations, units and chains that are named', async t => {
    const { doctor } = host(t)
    const bad = file('syslog-udp.conf', 'listen :5514\nlisen :514\npush-connect file:///a')
    const wrong = await doctor(bad)
    assert.deepEqual([wrong.code, wrong.bad.length], [1, 1])
    assert.match(
      wrong.text[0]!,
      /syslog-udp\.conf: it would not start: .*syslog-udp\.conf:2: unknown option 'lisen' \(Did you mean listen\?\)/,
    )
    const unit = file(
      'sluice-edge.service',
      '[Service]\nExecStart=/usr/bin/env sluice-relay --name edge --pull-bind ipc:///nowhere/a --push-connect tcp://127.0.0.1:1',
    )
    const clash = await doctor(unit, 'relay --pull-bind ipc:///nowhere/a --push-connect file:///a')
    assert.equal(clash.code, 1)
    assert.match(
      clash.text.join('\n'),
      /^wrong chain-2\/relay: --pull-bind ipc:\/\/\/nowhere\/a is bound by edge as well \(.*sluice-edge\.service\)/m,
    )
    assert.match(clash.text.join('\n'), /^wrong edge: .*there is no folder \/nowhere/m)
  })

  test('runs no code that a unit or a configuration names, only what somebody types', async t => {
    const { doctor } = host(t)
    const mark = join(folder, 'was-here')
    const code = file(
      'evil.ts',
      `import { writeFileSync } from 'node:fs'\nwriteFileSync('${mark}', '')\nexport default {}`,
    )
    const unit = file(
      'sluice-evil.service',
      `[Service]\nExecStart=/usr/bin/env sluice ${code} --push-connect file:///a`,
    )
    const chain = file('evil.conf', `chain relay | '${code}'*2`)
    for (const named of [unit, chain]) {
      const { code: exit, text } = await doctor(named)
      assert.match(
        text[0]!,
        /^unknown .*: it cannot be looked at: .*evil\.ts is code of its own, which is not run here/,
      )
      assert.equal(exit, 2)
      assert.ok(!existsSync(mark))
    }
    await doctor(`relay | ${code}`)
    assert.ok(existsSync(mark))
  })

  test('believes nothing that answers in its folder', async t => {
    const { doctor, own } = host(t)
    const strange = '{"stages":[null,{"spool":{"file":1}}],"pid":1,"name":"a\\u001b[2J","waiting":{}}'
    for (const [n, body] of ['{"stages":[],"pid":"../1"}', '[]', 'x', strange].entries()) {
      const server = createServer((_, response) => response.end(body)).listen(join(own, `${n}.sock`))
      await once(server, 'listening')
      t.after(() => server.close())
    }
    const { text } = await doctor()
    const none = /^wrong .*\d\.sock: the daemon does not answer: what answers there is no daemon of Sluice/
    assert.equal(text.filter(line => none.test(line)).length, 3)
    // Under the name of another it could hide that one.
    assert.ok(text.some(line => /^wrong .*3\.sock: .*says that it is another daemon/.test(line)))
  })

  test('bug: a pid was believed: whoever answers could have any process looked at', async t => {
    const { doctor, own, answer } = host(t)
    await answer('liar', { name: 'liar', pid: 1, stages: [] })
    const { text, looked } = await doctor()
    assert.deepEqual(looked, [])
    assert.ok(
      text.includes(
        `unknown liar: what it was started with cannot be read of pid ${process.pid} -> sudo sluice doctor`,
      ),
    )
    assert.ok(existsSync(join(own, 'liar.sock')))
  })

  test('an answer without end is read to a bound, and one that never comes waited for three seconds', async t => {
    const { doctor, own, answer } = host(t)
    await answer('endless', undefined)
    const silent = createServer(() => {}).listen(join(own, 'silent.sock'))
    await once(silent, 'listening')
    t.after(() => silent.close().closeAllConnections())
    const { text } = await doctor()
    assert.match(text[0]!, /^wrong .*endless\.sock: .*what answers there is no daemon of Sluice/)
    assert.match(text[1]!, /^wrong .*silent\.sock: .*no answer within 3 s/)
  })

  test('bug: a pipe in the place of a file was waited for, and lines of secrets were quoted', async t => {
    const { doctor } = host(t)
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    const secret = file('secret', 'hunter2 is the password')
    chmodSync(secret, 0o600)
    const open = file('open', 'lisen :514')
    const unit = (name: string, flags: string) =>
      file(
        `sluice-${name}.service`,
        `[Service]\nExecStart=/usr/bin/env sluice-syslog-udp --push-connect file:///a ${flags}\n`,
      )
    const { text } = await doctor(
      unit('a', `--config ${pipe}`),
      unit('b', `--admin 127.0.0.1:9600 --admin-token-file ${pipe}`),
      unit('c', `--config ${secret}`),
      unit('d', `--config ${open}`),
    )
    const has = (pattern: RegExp) =>
      assert.ok(
        text.some(line => pattern.test(line)),
        `${pattern}\n${text.join('\n')}`,
      )
    has(/sluice-a\.service: it would not start: --config .*pipe: it is no regular file/)
    has(/sluice-c\.service: it would not start: .*secret:1: what is wrong with this line is not shown/)
    has(/sluice-d\.service: it would not start: .*open:1: unknown option 'lisen'/)
    assert.doesNotMatch(text.join('\n'), /hunter2/)
  })

  test('what a process of another user names is read with the rights of that user', {
    skip: !isRoot,
  }, async t => {
    const { doctor, own } = host(t)
    chmodSync(folder, 0o755)
    chmodSync(own, 0o777)
    const secret = file('root-only', 'hunter2 is the password')
    chmodSync(secret, 0o600)
    // Called as a daemon is.
    const script = file(
      'sluice-relay',
      `const answer = JSON.stringify({ name: 'x', pid: 1, stages: [] })
       require('node:http').createServer((_, r) => r.end(answer)).listen(process.env.AT, () => console.log('there'))`,
    )
    const node = join(folder, 'node')
    copyFileSync(process.execPath, node)
    const child = spawn(node, [script, '--config', secret], {
      ...{ uid: 12345, gid: 12345, stdio: ['ignore', 'pipe', 'inherit'], cwd: '/' },
      env: { AT: join(own, 'x.sock') },
    })
    t.after(() => child.kill('SIGKILL'))
    await once(child.stdout!, 'data')
    const { text } = await doctor()
    assert.match(text[0]!, new RegExp(`^unknown pid ${child.pid}: .*permission denied`))
    assert.doesNotMatch(text.join('\n'), /hunter2/)
  })

  for (const [args, message] of [
    [['nowhere.conf'], /^sluice doctor: nowhere\.conf: there is no such file\n$/],
    [['--jsn'], /Did you mean --json\?/],
    [
      [file('strange.conf', 'listen :514')],
      /strange\.conf: which daemon it is for is not known; call it as the daemon is called/,
    ],
    [[file('other.service', '[Service]\nExecStart=/bin/true')], /it starts no daemon of Sluice/],
  ] as const)
    test(`${args.join(' ').replace(folder, '')} is misuse`, async t => {
      const run = new Sluice(t, 'sluice', ['doctor', ...args])
      assert.equal(await run.exited, 64)
      assert.match(run.stderr, message)
    })

  test('for a person it is text, in colour on a terminal only', async t => {
    const run = new Sluice(t, 'sluice', ['doctor', '--quiet', 'syslog-udp --listen nowhere'])
    assert.equal(await run.exited, 1)
    assert.match(
      run.stdout,
      /^wrong {4}options +chain 1: it would not start: syslog-udp: --listen: "nowhere" is not host:port/,
    )
    assert.doesNotMatch(run.stdout, /\u001b|^well/m)
  })
})

test('units that are installed or enabled are found, with what was added to them', async () => {
  const [etc, lib] = [join(folder, 'etc-systemd'), join(folder, 'lib-systemd')]
  for (const path of [
    etc,
    lib,
    join(etc, 'multi-user.target.wants'),
    join(etc, 'sluice-a.service.d'),
    join(folder, 'conf'),
  ])
    mkdirSync(path)
  const exec = (words: string) => `[Service]\nExecStart=/usr/bin/env ${words}\n`
  writeFileSync(join(etc, 'sluice-a.service'), exec('sluice-relay --pull-connect tcp://127.0.0.1:1'))
  writeFileSync(
    join(etc, 'sluice-a.service.d/override.conf'),
    '[Service]\nEnvironment=SLUICE_PUSH_CONNECT=file:///a\n',
  )
  writeFileSync(join(lib, 'sluice@.service'), exec(`sluice run --config ${folder}/conf/%i.conf`))
  writeFileSync(join(lib, 'sluice-unwanted.service'), exec('sluice-relay'))
  symlinkSync(join(lib, 'sluice@.service'), join(etc, 'multi-user.target.wants/sluice@b.service'))
  writeFileSync(
    join(folder, 'conf/b.conf'),
    'name b\nchain relay --pull-connect tcp://127.0.0.1:2 --push-connect file:///b',
  )
  writeFileSync(join(folder, 'conf/nobody.conf'), 'listen :514')
  const places = { units: [etc, lib], configurations: join(folder, 'conf'), run: join(folder, 'run') }
  const found = findUnits(places)
  assert.deepEqual(
    found.map(({ words, env }) => [words[0], env.SLUICE_PUSH_CONNECT]),
    [
      ['relay', 'file:///a'],
      ['run', undefined],
    ],
  )
  assert.equal(configurationsIn(places).length, 2)
  const { findings, looked } = await examine([], { RUNTIME_DIRECTORY: join(folder, 'no-runtime') }, places)
  assert.deepEqual(looked, [`relay (${etc}/sluice-a.service)`, `b (${lib}/sluice@b.service)`])
  const strange = findings.filter(({ check, level }) => check === 'options' && level === 'warning')
  assert.deepEqual(
    strange.map(({ about }) => about),
    [join(folder, 'conf/nobody.conf')],
  )
})
