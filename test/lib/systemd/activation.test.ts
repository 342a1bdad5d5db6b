// Daemons that are given their sockets, as they are by systemd: what comes while none of them runs is there for the next one.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { request } from 'node:http'
import { request as requestTls } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, type TestContext, test } from 'node:test'
import { makeCertificate, noCertificates } from '../../support/certificates.ts'
import { bindTcp, bindUdp, bindUnix, linux } from '../../support/handed.ts'
import { root, Sluice } from '../../support/process.ts'
import { raiseReceiveBuffer, sendDatagrams } from '../../support/udp.ts'
import { sendDatagramsTo, sendUnix } from '../../support/unix.ts'

const skip = linux === undefined && 'not on Linux'
const LISTEN = ['--listen', 'systemd']

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

const messagesOf = (records: { [key: string]: unknown }[]) =>
  records.map(({ message }) => String(message)).sort()

describe('sockets that are handed over', { skip, concurrency: true }, () => {
  test('sluice-syslog-udp receives at all of them, also what came before it', async t => {
    const [v4, v6] = [await bindUdp(t), await bindUdp(t, '::1')]
    const sockets = [v4, v6].map(({ fd }) => ({ fd, name: 'syslog' }))
    await sendDatagrams(v4.port, ['early'])
    const run = new Sluice(t, 'sluice-syslog-udp', LISTEN, { sockets })
    const { endpoints } = await run.ready()
    assert.deepEqual(endpoints!.slice(0, 2), [`udp://127.0.0.1:${v4.port}`, `udp://[::1]:${v6.port}`])
    await sendDatagrams(v6.port, ['late'], '::1')
    // As it is for any user of the host, where sockets may be shared.
    const thief = createSocket({ type: 'udp4', reuseAddr: true }).bind(v4.port, '127.0.0.1')
    t.after(() => thief.close())
    const [refused] = await once(thief, 'error')
    assert.equal(refused.code, 'EADDRINUSE')
    assert.deepEqual(messagesOf(await run.records(2)), ['early', 'late'])
    assert.equal(await run.stop(), 0)
  })

  test('sluice-syslog-udp grants them what it is told to, counts what they drop, and takes no buffer away', async t => {
    const udp = await bindUdp(t)
    linux.setOption(udp.fd, 8, 150_000)
    const sockets = [{ fd: udp.fd, name: 'syslog' }]
    const stopped = new Sluice(t, 'sluice-syslog-udp', [...LISTEN, '--receive-buffer', '4KiB'], { sockets })
    await stopped.ready()
    stopped.child.kill('SIGSTOP')
    const payload = Buffer.alloc(60_000, 'x')
    await sendDatagrams(udp.port, Array(20).fill(payload))
    stopped.child.kill('SIGCONT')
    await stopped.stop()
    assert.equal(linux.getOption(udp.fd, 8, 4).readInt32LE(), 300_000)
    const first = stopped.stdout.split('\n').length - 1
    assert.ok(first < 20, String(first))
    // One that comes after it counts its own alone.
    const next = new Sluice(t, 'sluice-syslog-udp', [...LISTEN, '--receive-buffer', '200KiB'], { sockets })
    const { dropped } = await next.log(/the kernel has dropped datagrams before this start/)
    await next.ready()
    const { counters } = (await next.status()).stages[0]!
    assert.equal(counters.kernelDropped, 0)
    await next.stop()
    const second = next.stdout.split('\n').length - 1
    assert.equal(first + second + (dropped as number), 20)
    assert.ok(linux.getOption(udp.fd, 8, 4).readInt32LE() >= 400_000)
  })

  for (const [program, scheme] of [
    ['sluice-syslog-tcp', 'tcp'],
    ['sluice-relp', 'relp'],
  ] as const)
    test(`${program} accepts at them who had connected before it`, async t => {
      const tcp = await bindTcp(t, '::')
      const early = connect(tcp.port, '127.0.0.1')
      t.after(() => early.destroy())
      await once(early, 'connect')
      early.write(
        scheme === 'tcp' ? '<13>early\n' : '1 open 30 relp_version=0\ncommands=syslog\n2 syslog 5 early\n',
      )
      const run = new Sluice(t, program, [...LISTEN, '--name', 'x'], { sockets: [{ fd: tcp.fd, name: 'x' }] })
      assert.equal((await run.ready()).endpoints![0], `${scheme}://[::]:${tcp.port}`)
      assert.match(messagesOf(await run.records(1))[0]!, /early$/)
      assert.equal(await run.stop(), 0)
    })

  test('sluice-syslog-unix receives at both kinds, and leaves what came after it', async t => {
    const [datagram, stream] = [join(folderOf(t), 'd'), join(folderOf(t), 's')]
    const sockets = [
      { fd: await bindUnix(t, 'datagram', datagram), name: 'log' },
      { fd: await bindUnix(t, 'stream', stream), name: 'log' },
    ]
    const run = new Sluice(t, 'sluice-syslog-unix', [...LISTEN], { sockets })
    const { endpoints } = await run.ready()
    assert.deepEqual(endpoints!.slice(0, 2), [`datagram:${datagram}`, `stream:${stream}`])
    const pid = await sendDatagramsTo(datagram, ["b'one'"])
    await sendUnix(['stream', stream], { stdin: 'two\n' })
    const records = await run.records(2)
    assert.deepEqual(messagesOf(records), ['one', 'two'])
    assert.equal(records.find(({ message }) => message === 'one')!.sender_pid, pid)
    assert.equal(await run.stop(), 0)
    assert.ok(existsSync(datagram) && existsSync(stream))
    await sendDatagramsTo(datagram, ["b'three'"])
    await sendUnix(['stream', stream], { stdin: 'four\n' })
    const next = new Sluice(t, 'sluice-syslog-unix', [...LISTEN], { sockets })
    assert.deepEqual(messagesOf(await next.records(2)), ['four', 'three'])
    assert.equal(await next.stop(), 0)
  })

  test('sluice-http-in serves at one, and its admin face at another', async t => {
    const [http, admin] = [await bindTcp(t), join(folderOf(t), 'admin')]
    const sockets = [
      { fd: http.fd, name: 'http' },
      { fd: await bindUnix(t, 'stream', admin), name: 'admin' },
    ]
    const flags = ['--http', 'systemd', '--admin', 'systemd:admin']
    const run = new Sluice(t, 'sluice-http-in', flags, { sockets })
    const { endpoints } = await run.ready()
    assert.equal(endpoints![0], `http://127.0.0.1:${http.port}`)
    assert.equal((await run.faces())[0], `unix:${admin}`)
    const answer = await fetch(endpoints![0]!, { method: 'POST', body: 'hello' })
    assert.equal(answer.status, 200, await answer.text())
    assert.deepEqual(messagesOf(await run.records(1)), ['hello'])
    const asked = request({ socketPath: admin, path: '/healthz', agent: false }).end()
    const [response] = await once(asked, 'response')
    assert.equal(response.statusCode, 200)
    await text(response)
    assert.equal(await run.stop(), 0)
  })

  test('bug: an admin face at a socket that every user may connect to wanted no token', async t => {
    const folder = folderOf(t)
    const [open, hidden] = [join(folder, 'open'), join(folder, 'hidden')]
    const name = `@sluice-${randomUUID()}`
    const token = join(folder, 'token')
    writeFileSync(token, 'correct-horse')
    const sockets = async (path: string) => [{ fd: await bindUnix(t, 'stream', path), name: 'admin' }]
    const flags = ['--listen', '127.0.0.1:0', '--admin', 'systemd']
    const opened = await sockets(open)
    chmodSync(open, 0o666)
    const gone = await sockets(hidden)
    rmSync(hidden)
    for (const [given, why] of [
      [
        opened,
        /open\) is open to every user of this host; write SocketMode=0660 into its \.socket unit, or give --admin-token-file/,
      ],
      [
        await sockets(name),
        /has no file, so every user of this host may connect; write ListenStream= with a path/,
      ],
      [gone, /is not to be seen from here.*BindReadOnlyPaths=/],
    ] as const) {
      const run = new Sluice(t, 'sluice-syslog-tcp', flags, { sockets: given })
      assert.equal(await run.exited, 64)
      assert.match(run.stderr, why)
    }
    const run = new Sluice(t, 'sluice-syslog-tcp', [...flags, '--admin-token-file', token], {
      sockets: opened,
    })
    await run.faces()
    for (const [headers, status] of [
      [{}, 401],
      [{ authorization: 'Bearer correct-horse' }, 200],
    ] as const) {
      const asked = request({ socketPath: open, path: '/healthz', agent: false, headers }).end()
      const [response] = await once(asked, 'response')
      assert.equal(response.statusCode, status)
      await text(response)
    }
    assert.equal(await run.stop(), 0)
  })

  test('a page that others could reach is refused without a token', async t => {
    const http = await bindTcp(t, '0.0.0.0')
    const sockets = [{ fd: http.fd, name: 'http' }]
    for (const [program, flag, why] of [
      ['sluice-http-in', '--http', /--http 0\.0\.0\.0:\d+: everybody could come in/],
      ['sluice-syslog-udp', '--admin', /--admin 0\.0\.0\.0:\d+: everybody could come in/],
    ] as const) {
      const run = new Sluice(t, program, [flag, 'systemd'], { sockets })
      assert.equal(await run.exited, 64)
      assert.match(run.stderr, why)
    }
  })

  test('an admin face that others could reach speaks TLS, and wants a token', {
    skip: noCertificates,
  }, async t => {
    const folder = folderOf(t)
    const { cert, key } = makeCertificate(folder, 'host')
    writeFileSync(join(folder, 'token'), 'correct-horse')
    const own = [
      '--admin-tls-cert',
      cert,
      '--admin-tls-key',
      key,
      '--admin-token-file',
      join(folder, 'token'),
    ]
    const admin = await bindTcp(t, '0.0.0.0')
    const flags = ['--listen', '127.0.0.1:0', '--admin', 'systemd', ...own]
    const run = new Sluice(t, 'sluice-syslog-udp', flags, { sockets: [{ fd: admin.fd, name: 'admin' }] })
    const face = (await run.faces()).find(one => one.startsWith('https:'))!
    const ask = async (headers: { [name: string]: string }) => {
      const port = Number(new URL(face).port)
      const options = { host: '127.0.0.1', port, path: '/healthz', agent: false, headers }
      const [response] = await once(
        requestTls({ ...options, ca: readFileSync(join(folder, 'ca.pem')) }).end(),
        'response',
      )
      response.resume()
      return response.statusCode as number
    }
    assert.equal(await ask({}), 401)
    assert.equal(await ask({ authorization: 'Bearer correct-horse' }), 200)
    assert.equal(await run.stop(), 0)
  })

  test('--check needs none of them; to run does', async t => {
    const flags = ['--listen', 'systemd:syslog', '--admin', 'systemd']
    const checked = new Sluice(t, 'sluice-syslog-udp', [...flags, '--check'])
    assert.equal(await checked.exited, 0, checked.stderr)
    const run = new Sluice(t, 'sluice-syslog-udp', LISTEN)
    assert.equal(await run.exited, 64)
    assert.match(
      run.stderr,
      /--listen systemd: systemd has handed over no socket; start it by its \.socket unit/,
    )
  })

  test('those that no flag uses are told of', async t => {
    const [udp, other] = [await bindUdp(t), await bindUdp(t)]
    const sockets = [
      { fd: udp.fd, name: 'syslog' },
      { fd: other.fd, name: 'other' },
    ]
    const run = new Sluice(t, 'sluice-syslog-udp', ['--listen', 'systemd:syslog'], { sockets })
    assert.deepEqual((await run.log(/sockets that no flag uses/)).sockets, ['other'])
    assert.equal(await run.stop(), 0)
  })

  test('children do not have them', async t => {
    const admins = await Promise.all(Array.from({ length: 20 }, () => bindTcp(t)))
    const sockets = admins.map(({ fd }) => ({ fd, name: 'admin' }))
    const list = ['--', 'sh', '-c', 'for fd in /proc/self/fd/*; do readlink $fd; done; echo end']
    const run = new Sluice(t, 'sluice-exec', ['--admin', 'systemd', ...list], { sockets })
    await run.until('end', ({ stdout }) => stdout.includes('"end"'))
    await run.stop()
    // Its own input and output are there: the list is none of nothing.
    assert.ok(run.stdout.includes('socket:['), run.stdout)
    for (const { fd } of admins) assert.ok(!run.stdout.includes(readlinkSync(`/proc/self/fd/${fd}`)))
  })

  test('systemd-socket-activate starts it when the first datagram comes', {
    skip: !existsSync('/usr/bin/systemd-socket-activate') && 'no systemd-socket-activate',
  }, async t => {
    const path = join(folderOf(t), 'datagrams')
    const args = ['--datagram', '-l', path, '-E', 'RUNTIME_DIRECTORY', '-E', 'PATH', '--fdname=log']
    const program = join(root, 'bin/sluice-syslog-unix')
    const run = new Sluice(t, '/usr/bin/systemd-socket-activate', [
      ...args,
      program,
      '--listen',
      'systemd:log',
    ])
    await run.until('its socket', ({ stderr }) => stderr.includes('Listening on'))
    await sendDatagramsTo(path, ["b'the first'"])
    assert.deepEqual(messagesOf(await run.records(1)), ['the first'])
    assert.equal((await run.ready()).endpoints![0], `datagram:${path}`)
    assert.equal(await run.stop(), 0)
  })
})

describe('a restart refuses nobody', { skip, concurrency: true }, () => {
  const LIVES = 3

  /** Lives one after the other, as long as somebody sends; the messages of all of them. */
  async function live(
    t: TestContext,
    program: string,
    socket: number,
    flags: string[],
    send: () => Promise<number>,
  ) {
    const file = join(folderOf(t), 'records')
    const start = () =>
      new Sluice(t, program, [...flags, '--push-connect', `file://${file}`], {
        sockets: [{ fd: socket, name: 'syslog' }],
      })
    const taken = async (run: Sluice, some: number) =>
      run.untilStatus(
        'records',
        ({ stages }) => sent !== undefined || (stages[0] !== undefined && stages[0].books.in >= some),
      )
    let sent: number | undefined
    const sending = send().then(count => {
      sent = count
    })
    let run = start()
    let lives = 1
    for (; lives <= LIVES || sent === undefined; lives++) {
      await taken(run, 50)
      assert.equal(await run.stop(), 0, run.stderr)
      run = start()
    }
    await sending
    await run.ready()
    const messages = () =>
      readFileSync(file, 'utf8')
        .split('\n')
        .slice(0, -1)
        .map(line => String(JSON.parse(line).message))
    await run.until('all of it', () => new Set(messages()).size >= sent!)
    assert.equal(await run.stop(), 0)
    assert.equal(messages().length, sent, 'none twice')
    return lives
  }

  test('of datagrams', async t => {
    await raiseReceiveBuffer()
    const { fd, port } = await bindUdp(t)
    linux.setOption(fd, 8, 8 * 2 ** 20)
    const lives = live(t, 'sluice-syslog-udp', fd, LISTEN, async () => {
      const socket = createSocket('udp4')
      socket.connect(port, '127.0.0.1')
      await once(socket, 'connect')
      let sent = 0
      for (const until = Date.now() + 4_000; Date.now() < until; ) {
        for (let n = 0; n < 10; n++) {
          const payload = `<13>number ${sent++}`
          await new Promise<void>((resolve, reject) =>
            socket.send(payload, error => (error ? reject(error) : resolve())),
          )
        }
        await new Promise(resolve => setTimeout(resolve, 5))
      }
      socket.close()
      return sent
    })
    assert.ok((await lives) > LIVES)
  })

  test('of requests', async t => {
    const { fd, port } = await bindTcp(t)
    const flags = ['--http', 'systemd']
    const lives = live(t, 'sluice-http-in', fd, flags, async () => {
      let sent = 0
      const until = Date.now() + 4_000
      const post = async (body: string) => {
        const asked = request({ port, method: 'POST', agent: false }).end(body)
        const [response] = await once(asked, 'response')
        await text(response)
        return response.statusCode
      }
      const sender = async () => {
        while (Date.now() < until) {
          const body = `number ${sent++}`
          // Who comes while the last records are on their way is asked to come again.
          let status = await post(body)
          while (status === 503) status = await post(body)
          assert.equal(status, 200)
        }
      }
      await Promise.all(Array.from({ length: 4 }, sender))
      return sent
    })
    assert.ok((await lives) > LIVES)
  })

  test('of connections', async t => {
    const { fd, port } = await bindTcp(t)
    const lives = live(t, 'sluice-syslog-tcp', fd, LISTEN, async () => {
      let sent = 0
      const until = Date.now() + 4_000
      const sender = async () => {
        while (Date.now() < until) {
          const socket = connect(port, '127.0.0.1')
          socket.end(`<13>number ${sent++}\n`)
          socket.resume()
          // A reset would be one who was refused.
          await once(socket, 'close')
          assert.equal(socket.errored, null)
        }
      }
      await Promise.all(Array.from({ length: 8 }, sender))
      return sent
    })
    assert.ok((await lives) > LIVES)
  })
})
