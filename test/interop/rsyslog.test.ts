// rsyslog's own ZeroMQ modules, on either side of ours.
import assert from 'node:assert/strict'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { orSkip } from '../servers/available.ts'
import { type Rsyslog, startRsyslog } from '../servers/rsyslog.ts'
import { until } from '../servers/support.ts'
import { freePort } from '../support/port.ts'
import { Sluice } from '../support/process.ts'
import { numbered, numbersIn, sendPaced, upTo } from './support.ts'

const COUNT = 1000

/** How rsyslog writes the direction of a link. */
const SIGN = { connect: '>', bind: '@' }
const OTHER = { connect: 'bind', bind: 'connect' } as const

describe('rsyslog and Sluice', { concurrency: 2 }, () => {
  for (const way of ['connect', 'bind'] as const) {
    test(`omczmq, which ${way}s, PUSHes into sluice-syslog-json`, async t => {
      const [tcp, link] = [await freePort(), await freePort()]
      const rsyslog = await rsyslogOrSkip(t, () => pushing(tcp, `${SIGN[way]}tcp://127.0.0.1:${link}`))
      if (!rsyslog) return
      const filter = new Sluice(t, 'sluice-syslog-json', [
        `--pull-${OTHER[way]}`,
        `tcp://127.0.0.1:${link}`,
        ...['--timezone', 'UTC'],
      ])
      await filter.ready()
      connect(tcp, '127.0.0.1').end(`${numbered(0, COUNT).join('\n')}\n`)
      const records = await filter.records(COUNT)
      assert.equal(await filter.stop(), 0)
      assert.equal(records.length, COUNT)
      assert.deepEqual(numbersIn(records.map(({ message }) => message)), upTo(COUNT))
      for (const [n, { '@meta': _, '@timestamp': time, ...fields }] of records.entries()) {
        assert.match(String(time), /^\d{4}-10-11T22:14:15/)
        assert.deepEqual(fields, {
          timestamp: 'Oct 11 22:14:15',
          syslog_priority: 13,
          syslog_facility: 'user',
          syslog_severity: 'notice',
          host: 'web1',
          syslog_program: 'app',
          syslog_pid: '42',
          message: `number ${n}`,
        })
      }
    })

    test(`sluice-syslog-udp PUSHes into imczmq, which ${way}s: one message a record`, async t => {
      const link = await freePort()
      const rsyslog = await rsyslogOrSkip(t, directory =>
        pulling(`${SIGN[way]}tcp://127.0.0.1:${link}`, join(directory, 'seen')),
      )
      if (!rsyslog) return
      const bridge = new Sluice(t, 'sluice-syslog-udp', [
        ...['--listen', '127.0.0.1:0'],
        ...[`--push-${OTHER[way]}`, `tcp://127.0.0.1:${link}?framing=text`],
      ])
      await sendPaced(await bridge.port(), numbered(0, COUNT), count =>
        bridge.untilStatus(`${count} datagrams`, ({ stages }) => stages[0]!.books.in === count),
      )
      const seen = () =>
        readFile(join(rsyslog.directory, 'seen'), 'utf8').then(
          text => text.split('\n').slice(0, -1),
          () => [],
        )
      await until(async () => (await seen()).length >= COUNT, { timeout: 20_000, what: 'all messages' })
      assert.equal(await bridge.stop(), 0)
      assert.deepEqual(
        await seen(),
        upTo(COUNT).map(n => `user notice web1 app 42: number ${n}`),
      )
    })
  }

  test('omczmq with keys of sluice keygen PUSHes into sluice-syslog-json, and not with others', async t => {
    const own = await keygen(t, 'rsyslog', '--czmq')
    const stranger = await keygen(t, 'stranger', '--czmq')
    const ours = await keygen(t, 'store1')
    const allowed = join(ours.folder, 'allowed')
    await writeFile(allowed, own.line)
    const filter = new Sluice(t, 'sluice-syslog-json', [
      ...['--pull-bind', 'tcp://127.0.0.1:*', '--curve-key', ours.file, '--curve-allow', allowed],
      ...['--timezone', 'UTC'],
    ])
    const link = `>tcp://127.0.0.1:${await filter.port()}`
    const curve = (file: string) =>
      `authtype="CURVECLIENT" clientcertpath="${file}" servercertpath="${ours.file}.pub"`
    const [tcp, other] = [await freePort(), await freePort()]
    const rsyslog = await rsyslogOrSkip(t, () => pushing(tcp, link, curve(own.file)))
    if (!rsyslog || !(await rsyslogOrSkip(t, () => pushing(other, link, curve(stranger.file))))) return
    connect(other, '127.0.0.1').end('<13>Oct 11 22:14:15 web1 app: never\n')
    await filter.log(/refused 127\.0\.0\.1: its key is not in .*allowed; to let it in/)
    connect(tcp, '127.0.0.1').end(`${numbered(0, COUNT).join('\n')}\n`)
    const records = await filter.records(COUNT)
    assert.deepEqual(numbersIn(records.map(({ message }) => message)), upTo(COUNT))
    assert.deepEqual(
      new Set(records.map(record => (record['@meta'] as { sender?: string }).sender)),
      new Set(['rsyslog']),
    )
  })

  test('sluice-relay with keys PUSHes into imczmq, which lets in only who is in its folder', async t => {
    const server = await keygen(t, 'rsyslog', '--czmq')
    const ours = await keygen(t, 'web1')
    const stranger = await keygen(t, 'stranger')
    const certificates = join(server.folder, 'clients')
    await mkdir(certificates)
    await copyFile(`${ours.file}.pub`, join(certificates, 'web1'))
    const link = await freePort()
    const keys = `authenticator="on" authtype="CURVESERVER" servercertpath="${server.file}" clientcertpath="${certificates}"`
    const rsyslog = await rsyslogOrSkip(t, directory =>
      pulling(`@tcp://127.0.0.1:${link}`, join(directory, 'seen'), keys),
    )
    if (!rsyslog) return
    const push = ['--push-connect', `tcp://127.0.0.1:${link}?framing=text&server-key=${server.file}`]
    const send = (key: string, message: string) => {
      const text = `<13>Oct 11 22:14:15 web1 app[42]: ${message}`
      const stdin = `${JSON.stringify({ message: text })}\n`
      return new Sluice(t, 'sluice-relay', ['--pull-connect', '-', ...push, '--curve-key', key], { stdin })
    }
    await send(stranger.file, 'never').log(/it does not let us in|is not a plain ZeroMQ PULL socket/)
    await send(ours.file, 'hello').exited
    const seen = () => readFile(join(rsyslog.directory, 'seen'), 'utf8').catch(() => '')
    await until(async () => (await seen()) !== '', { timeout: 20_000, what: 'the message' })
    assert.equal(await seen(), 'user notice web1 app 42: hello\n')
  })
})

/** A file of keys in a folder of its own, and the line that lets it in. */
async function keygen(t: TestContext, name: string, ...flags: string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-keygen-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'key')
  const run = new Sluice(t, 'sluice', ['keygen', file, '--name', name, ...flags])
  assert.equal(await run.exited, 0, run.stderr)
  return { folder, file, line: run.stdout }
}

async function rsyslogOrSkip(t: TestContext, config: (directory: string) => string) {
  const rsyslog: Rsyslog | undefined = await orSkip(t, () => startRsyslog(config))
  if (rsyslog) t.after(() => rsyslog.stop())
  return rsyslog
}

/** Passes on by ZeroMQ what comes in by TCP, as it came. */
const pushing = (tcp: number, link: string, keys = '') => `
  module(load="imtcp") module(load="omczmq" ${keys})
  template(name="raw" type="string" string="%rawmsg%")
  input(type="imtcp" address="127.0.0.1" port="${tcp}" ruleset="out")
  ruleset(name="out") { action(type="omczmq" socktype="PUSH" endpoints="${link}" template="raw") }`

/** Writes what comes in by ZeroMQ as rsyslog has understood it. */
const pulling = (link: string, file: string, keys = '') => `
  module(load="imczmq" ${keys})
  template(name="fields" type="string"
    string="%syslogfacility-text% %syslogseverity-text% %hostname% %programname% %procid%:%msg%\\n")
  input(type="imczmq" socktype="PULL" endpoints="${link}")
  if $inputname == "imczmq" then { action(type="omfile" file="${file}" template="fields") stop }`
