// rsyslog's own RELP, at our side of it.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { orSkip } from '../servers/available.ts'
import { type Rsyslog, startRsyslog } from '../servers/rsyslog.ts'
import { run, until } from '../servers/support.ts'
import { makeCertificate, noCertificates } from '../support/certificates.ts'
import { freePort } from '../support/port.ts'
import { root, Sluice } from '../support/process.ts'
import { NumbersInFile, numbered, numbersIn, startScript, upTo } from './support.ts'

const long = process.env.SLUICE_FAULTS === 'long'
const COUNT = long ? 100_000 : 10_000
const RESTARTS = long ? 20 : 3
const PATIENCE = long ? 600_000 : 60_000

/** What omrelp has under way unanswered: on loopback, where a packet has 64 KiB, its default of 128 messages makes it slow. */
const WINDOW = 500

/** Passes on by RELP what comes in by TCP, as it came, and waits as long as nobody is there. */
const sending = (tcp: number, port: number, more = '') => `
  module(load="imtcp") module(load="omrelp" tls.tlslib="openssl")
  template(name="raw" type="string" string="%rawmsg%")
  input(type="imtcp" address="127.0.0.1" port="${tcp}" ruleset="out")
  ruleset(name="out" queue.type="LinkedList" queue.size="200000") {
    action(type="omrelp" target="127.0.0.1" port="${port}" template="raw" windowSize="${WINDOW}" ${more}
      action.resumeRetryCount="-1" action.resumeInterval="1" action.resumeIntervalMax="1")
  }`

describe('omrelp and sluice-relp', { concurrency: 4 }, () => {
  test('killed and stopped in mid-stream: nothing is lost, and only what was not answered comes twice', async t => {
    const [tcp, port, link] = [await freePort(), await freePort(), await freePort()]
    const rsyslog = await rsyslogOrSkip(t, sending(tcp, port))
    if (!rsyslog) return
    const seen = startSink(t, rsyslog, `ack+tcp://127.0.0.1:${link}`)
    const serve = () => startRelp(t, port, ['--push-connect', `ack+tcp://127.0.0.1:${link}`])
    let server = await serve()
    feed(tcp)
    for (const n of upTo(RESTARTS)) {
      const wanted = ((n + 1) * COUNT) / (RESTARTS + 2)
      await seen.until(`${wanted} records`, ({ different }) => different.size > wanted, PATIENCE)
      assert.ok(seen.different.size < COUNT, 'in mid-stream')
      await server.stop(n % 2 === 0 ? 'SIGKILL' : 'SIGTERM')
      server = await serve()
    }
    await seen.until('all of them', ({ different }) => different.size === COUNT, PATIENCE)
    const twice = seen.all.length - COUNT
    t.diagnostic(`${twice} of ${COUNT} came twice`)
    assert.ok(twice <= RESTARTS * (WINDOW + 1), `${twice} came twice`)
    assert.equal(await server.stop(), 0)
    await noErrorIn(rsyslog)
  })

  test('killed with a spool and nobody behind it: what was answered is on the disk', async t => {
    const [tcp, port] = [await freePort(), await freePort()]
    const link = `ack+tcp://127.0.0.1:${await freePort()}`
    const rsyslog = await rsyslogOrSkip(t, sending(tcp, port))
    if (!rsyslog) return
    const args = ['--spool', rsyslog.directory, '--push-connect', link]
    const serve = () => startRelp(t, port, args)
    let server = await serve()
    feed(tcp)
    const spooled = () =>
      server.status().then(({ stages }) => (stages[0] as unknown as Spooled).spool.records)
    for (const n of upTo(RESTARTS)) {
      // Those that come twice are counted twice.
      const wanted = ((n + 1) * COUNT) / (RESTARTS + 2)
      await until(async () => (await spooled()) > wanted, { timeout: PATIENCE, what: `${wanted} records` })
      await server.stop('SIGKILL')
      server = await serve()
    }
    const seen = startSink(t, rsyslog, link)
    await seen.until('all of them', ({ different }) => different.size === COUNT, PATIENCE)
    assert.ok(seen.all.length <= COUNT + RESTARTS * (WINDOW + 1), `${seen.all.length - COUNT} came twice`)
    await noErrorIn(rsyslog)
  })

  test('without room for a while: rsyslog waits, nothing is refused, lost, or there twice', async t => {
    const [tcp, port, link] = [await freePort(), await freePort(), await freePort()]
    const rsyslog = await rsyslogOrSkip(t, sending(tcp, port))
    if (!rsyslog) return
    const push = ['--buffer', '64KiB', '--push-connect', `ack+tcp://127.0.0.1:${link}`]
    const server = await startRelp(t, port, push)
    feed(tcp)
    const full = await server.untilStatus('no room', ({ stages }) => stages[0]!.books.held > 80)
    assert.ok(full.stages[0]!.books.in < 2000, `${full.stages[0]!.books.in} were read`)
    const seen = startSink(t, rsyslog, `ack+tcp://127.0.0.1:${link}`)
    await seen.until('all of them', ({ all }) => all.length >= COUNT, PATIENCE)
    assert.deepEqual(seen.all, upTo(COUNT))
    await noErrorIn(rsyslog)
  })

  test('over TLS, with certificates on both sides', { skip: noCertificates }, async t => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const [host, web1] = [makeCertificate(folder, 'host'), makeCertificate(folder, 'web1')]
    const ca = join(folder, 'ca.pem')
    const [tcp, port] = [await freePort(), await freePort()]
    const rsyslog = await rsyslogOrSkip(
      t,
      sending(
        tcp,
        port,
        `tls="on" tls.authMode="name" tls.permittedPeer="host" tls.caCert="${ca}"
         tls.myCert="${web1.cert}" tls.myPrivKey="${web1.key}"`,
      ),
    )
    if (!rsyslog) return
    const path = join(folder, 'records')
    await startRelp(t, port, [
      ...['--push-connect', `file://${path}`, '--tls-cert', host.cert, '--tls-key', host.key],
      ...['--tls-client-ca', ca, '--tls-client-name', 'web1'],
    ])
    feed(tcp)
    const seen = new NumbersInFile(path)
    await seen.until('all of them', ({ all }) => all.length >= COUNT, PATIENCE)
    assert.deepEqual(seen.all, upTo(COUNT))
    assert.match(readFileSync(path, 'utf8'), /^\{"@meta":\{[^}]*"sender":"web1"/)
    await noErrorIn(rsyslog)
  })
})

test('rsyslog, configured as docs/relp.md has it', { skip: noCertificates, concurrency: true }, async t => {
  const text = readFileSync(join(root, 'docs/relp.md'), 'utf8')
  const blocks = [...text.matchAll(/<!-- rsyslog( tls)? -->\n```\n([\s\S]*?)```/g)]
  assert.equal(blocks.length, 2)
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const [host] = [makeCertificate(folder, 'logs.example'), makeCertificate(folder, 'web1')]
  const tls = ['--tls-cert', host.cert, '--tls-key', host.key, '--tls-client-ca', join(folder, 'ca.pem')]
  for (const [, secure, block] of blocks) {
    await t.test(secure ? 'by TLS' : 'without TLS', async t => {
      const tcp = await freePort()
      const server = await startRelp(t, 0, secure ? tls : [])
      const at = `target="127.0.0.1" port="${await server.port()}"`
      const config = block!.replace('target="logs.example" port="2514"', at).replaceAll('/etc/ssl', folder)
      const input = `module(load="imtcp") input(type="imtcp" address="127.0.0.1" port="${tcp}")`
      const rsyslog = await rsyslogOrSkip(t, `${input}\n${config}`)
      if (!rsyslog) return
      connect(tcp, '127.0.0.1').end(`${numbered(0, 100).join('\n')}\n`)
      // This template of rsyslog's ends each message in LF, which the parser drops.
      const messages = (await server.records(100)).map(({ message }) => message as string)
      assert.match(messages[0]!, /^<13>1 \d{4}-10-11T22:14:15\S* web1 app 42 - - {2}number 0\n$/)
      assert.deepEqual(numbersIn(messages.map(message => message.trim())), upTo(100))
    })
  }
})

test('a client with odd manners, which shares no code with us', async t => {
  const python = await orSkip(t, () => run('sh', ['-c', 'command -v python3']))
  if (!python) return
  const server = await startRelp(t, 0, [])
  const client = startScript(t, python.trim(), 'relp-client.py', [String(await server.port())])
  assert.equal(await client.exited, 0, client.stderr)
  assert.deepEqual(JSON.parse(client.stdout), {
    'one at a time': [2, 3, 999_999_998, 999_999_999, 1, 2],
    'octet by octet': [[3, 'rsp', '200 OK'], [4, 'rsp', '200 OK'], ''],
    pipelined: true,
    'then none': [[2, 'rsp', '200 OK'], [3, 'rsp', '200 OK'], '0 serverclose 0\n'],
  })
  await server.untilStatus('the end of all', ({ stages }) => stages[0]!.counters.connectionsClosed === 4)
  const counts = new Map<unknown, number>()
  for (const { message } of await server.records(10_009)) counts.set(message, (counts.get(message) ?? 0) + 1)
  // What was sent by who did not wait has come or not; what has come is whole.
  assert.ok((counts.get('gone') ?? 0) <= 100)
  counts.delete('gone')
  assert.deepEqual(Object.fromEntries(counts), {
    ...{ 'window of one': 6, 'octet by octet\n': 1, pipelined: 10_000, good: 2 },
  })
})

interface Spooled {
  spool: { records: number }
}

/** What was answered with 500 is lost for rsyslog: it says so, and goes on. */
async function noErrorIn({ directory }: Rsyslog): Promise<void> {
  assert.doesNotMatch(await readFile(join(directory, 'own.log'), 'utf8'), /error response/)
}

function startRelp(t: TestContext, port: number, args: string[]): Promise<Sluice> {
  const server = new Sluice(t, 'sluice-relp', ['--listen', `127.0.0.1:${port}`, ...args])
  return server.ready().then(() => server)
}

/** Keeps in a file what it takes, and gives the numbers in it. */
function startSink(t: TestContext, { directory }: Rsyslog, link: string): NumbersInFile {
  const path = join(directory, 'records')
  new Sluice(t, 'sluice-relay', ['--pull-bind', link, '--push-connect', `file://${path}`])
  return new NumbersInFile(path)
}

async function rsyslogOrSkip(t: TestContext, config: string) {
  const rsyslog: Rsyslog | undefined = await orSkip(t, () => startRsyslog(config))
  if (rsyslog) t.after(() => rsyslog.stop())
  return rsyslog
}

/**
 * Gives rsyslog numbered messages. librelp holds back what fills no packet, for as long as the kernel does that (TCP_CORK, 200 ms),
 * so that a window of short messages would take that long, with imrelp as well.
 */
function feed(tcp: number): void {
  const long = numbered(0, COUNT).map(line => line.replace('number', `${'x'.repeat(700)} number`))
  connect(tcp, '127.0.0.1').end(`${long.join('\n')}\n`)
}
