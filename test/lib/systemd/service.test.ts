// What a daemon tells systemd, for which a socket of the test stands in (test/systemd has the real one).
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { NotifySocket } from '../../support/notify.ts'
import { Sluice, type Status } from '../../support/process.ts'

const skip = process.platform !== 'linux' && 'systemd is Linux alone'
const LISTEN = ['--listen', '127.0.0.1:0']
const NOWHERE = ['--push-connect', 'tcp://127.0.0.1:1']

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

/** A program that is told to speak to a socket of the test, and that socket. */
async function notified(t: TestContext, program: string, args: string[], env: NodeJS.ProcessEnv = {}) {
  const path = join(folderOf(t), 'notify')
  const socket = await NotifySocket.open(t, path)
  const run = new Sluice(t, program, args, { env: { NOTIFY_SOCKET: path, ...env }, stdin: 'open' })
  return { run, socket }
}

/** An own filter that does with each record what is written here. */
async function filtered(t: TestContext, does: string, env: NodeJS.ProcessEnv) {
  const file = join(folderOf(t), 'own.ts')
  writeFileSync(
    file,
    `import { filter } from 'sluice'
export default filter({ summary: 'Do what the test wants', options: {}, open: () => record => ${does} })
`,
  )
  return notified(t, 'sluice', [file], env)
}

describe('a service tells systemd', { skip, concurrency: true }, () => {
  for (const kind of ['a path', 'a name of the abstract namespace'])
    test(`at ${kind}: that it starts, is ready, and stops`, async t => {
      const path = kind === 'a path' ? join(folderOf(t), 'notify') : `@sluice-test-${process.pid}-notify`
      const socket = await NotifySocket.open(t, path)
      const run = new Sluice(t, 'sluice-syslog-udp', [...LISTEN, ...NOWHERE], {
        env: { NOTIFY_SOCKET: path },
      })
      await run.ready()
      assert.equal(await run.stop(), 0)
      await socket.saying('STOPPING=1')
      const { said } = socket
      assert.match(said[0]!, /^STATUS=starting; /)
      assert.equal(said[1], 'EXTEND_TIMEOUT_USEC=30000000')
      assert.ok(said.includes('READY=1'), String(said))
      assert.ok(said.indexOf('READY=1') < said.indexOf('STOPPING=1'))
      assert.equal(said.filter(one => one === 'READY=1').length, 1)
      // What is left may take --grace, 30 s, whatever TimeoutStopSec= says, and some more to be closed.
      assert.ok(
        socket.messages
          .find(message => message.includes('STOPPING=1'))!
          .includes('EXTEND_TIMEOUT_USEC=45000000'),
      )
      assert.ok(!said.includes('WATCHDOG=1'), 'nobody asked for it')
    })

  test('that it is ready although its server is not there, and whom it waits for', async t => {
    const { run, socket } = await notified(t, 'sluice-elasticsearch', [
      ...['--pull-bind', 'tcp://127.0.0.1:0', '--node', 'http://127.0.0.1:1'],
    ])
    await socket.saying('READY=1')
    await socket.saying(/^STATUS=0 records; waits for: http:\/\/127\.0\.0\.1:1/)
    assert.ok(!run.logs.some(({ msg }) => msg === 'ready'))
    assert.equal(await run.stop(), 0)
  })

  test('that it stops, and never that it is ready, where it was not open yet', async t => {
    const file = join(folderOf(t), 'own.ts')
    writeFileSync(
      file,
      `import { source } from 'sluice'
export default source({ summary: 'Never open', options: {}, open: () => new Promise(() => setInterval(() => {}, 1000)) })
`,
    )
    const { run, socket } = await notified(t, 'sluice', [file], { WATCHDOG_USEC: '40000' })
    const asked = () => socket.said.filter(one => one === 'EXTEND_TIMEOUT_USEC=30000000').length
    await socket.until(() => asked() > 3)
    assert.equal(await run.stop(), 0)
    await socket.saying('STOPPING=1')
    assert.ok(!socket.said.includes('READY=1'))
  })

  test('what comes, as a line for people', async t => {
    const { run, socket } = await notified(t, 'sluice-syslog-udp', LISTEN, { WATCHDOG_USEC: '40000' })
    const sender = createSocket('udp4')
    t.after(() => sender.close())
    sender.send('<13>hello', await run.port(), '127.0.0.1')
    await socket.saying(/^STATUS=1 record\b/)
    await run.stop()
  })

  test('that it reads its files again, and when it has', async t => {
    const { run, socket } = await notified(t, 'sluice-syslog-udp', LISTEN)
    await socket.saying('READY=1')
    const before = socket.said.length
    const now = process.hrtime.bigint() / 1000n
    run.child.kill('SIGHUP')
    const time = BigInt((await socket.saying(/^MONOTONIC_USEC=\d+$/, before)).split('=')[1]!)
    assert.ok(now < time && time < process.hrtime.bigint() / 1000n)
    const message = socket.messages.findIndex(one => one.includes('RELOADING=1'))
    assert.ok(
      socket.messages[message]!.includes('STATUS=reloading; 0 records'),
      String(socket.messages[message]),
    )
    await socket.saying('READY=1', before)
    assert.ok(socket.said.lastIndexOf('READY=1') > socket.said.indexOf('RELOADING=1'))
    assert.equal(await run.stop(), 0)
  })

  test('why it could not go on', async t => {
    const busy = createSocket('udp4').bind(0, '127.0.0.1')
    await once(busy, 'listening')
    t.after(() => busy.close())
    const { run, socket } = await notified(t, 'sluice-syslog-udp', [
      '--listen',
      `127.0.0.1:${busy.address().port}`,
    ])
    assert.equal(await run.exited, 70)
    await socket.saying(/^STATUS=--listen 127\.0\.0\.1:\d+: the port is in use/)
  })

  test('nobody who listens is no reason to stop working', async t => {
    const run = new Sluice(t, 'sluice-syslog-udp', [...LISTEN, ...NOWHERE], {
      env: { NOTIFY_SOCKET: '/nowhere/notify' },
    })
    await run.ready()
    assert.equal(await run.stop(), 0)
    const other = new Sluice(t, 'sluice-syslog-udp', [...LISTEN, ...NOWHERE], {
      env: { NOTIFY_SOCKET: 'vsock:2:1' },
    })
    await other.ready()
    await other.log(/^systemd cannot be told.*: vsock:2:1 is no socket of this host$/)
    assert.equal(await other.stop(), 0)
  })

  test('what systemd gives is not given to children', async t => {
    const { run } = await notified(t, 'sluice-exec', ['--', 'env'], {
      LISTEN_FDS: '1',
      LISTEN_PID: '1',
      WATCHDOG_USEC: '60000000',
    })
    await run.until('PATH', ({ stdout }) => stdout.includes('PATH='))
    await run.stop()
    assert.doesNotMatch(run.stdout, /NOTIFY_SOCKET|WATCHDOG_|LISTEN_/)
  })
})

test('copies of a stage say nothing: who started them speaks for all', { skip }, async t => {
  const chain = 'syslog-udp --listen 127.0.0.1:0 | syslog-json*2 | relay --push-connect tcp://127.0.0.1:1'
  const { run, socket } = await notified(t, 'sluice', ['run', chain])
  await run.ready()
  const { copies = [] } = await run.status()
  assert.equal(copies.length, 2)
  for (const { pid } of copies)
    assert.doesNotMatch(readFileSync(`/proc/${pid}/environ`, 'latin1'), /NOTIFY_SOCKET/)
  assert.equal(await run.stop(), 0)
  await socket.saying('STOPPING=1')
  assert.equal(socket.said.filter(one => one === 'READY=1').length, 1)
})

describe('the watchdog', { skip, concurrency: true }, () => {
  test('is fed while there is nothing to do', async t => {
    const { run, socket } = await notified(t, 'sluice-syslog-udp', LISTEN, { WATCHDOG_USEC: '40000' })
    await run.ready()
    // Longer than it would bear one that is stuck.
    await socket.until(({ said }) => said.filter(one => one === 'WATCHDOG=1').length > 120)
    assert.equal(await run.stop(), 0)
  })

  test('is fed while nobody takes what there is', async t => {
    const flags = [...LISTEN, '--push-connect', 'ack+tcp://127.0.0.1:1']
    const { run, socket } = await notified(t, 'sluice-syslog-udp', flags, { WATCHDOG_USEC: '40000' })
    const sender = createSocket('udp4')
    t.after(() => sender.close())
    sender.send('<13>hello', await run.port(), '127.0.0.1')
    await run.untilStatus('the record', ({ stages }) => stages[0]!.books.held === 1)
    const before = socket.said.length
    await socket.until(({ said }) => said.slice(before).filter(one => one === 'WATCHDOG=1').length > 120)
    assert.ok(!run.logs.some(({ level }) => level === 'error'))
  })

  /** Waits for more of them than one that is stuck would get. */
  async function fedOn({ run, socket }: { run: Sluice; socket: NotifySocket }): Promise<void> {
    const before = socket.said.length
    await socket.until(({ said }) => said.slice(before).filter(one => one === 'WATCHDOG=1').length > 120)
    assert.ok(!run.logs.some(({ level }) => level === 'error'), run.stderr)
  }

  const often = { WATCHDOG_USEC: '40000' }
  const isHeld = ({ stages }: Status) => stages[0] !== undefined && stages[0].books.held > 0

  test('is fed while who takes it is there, and slow', async t => {
    const file = join(folderOf(t), 'own.ts')
    writeFileSync(
      file,
      `import { sink } from 'sluice'
const batch = { bytes: '1MiB', delay: '1ms', concurrency: 1 }
export default sink({ summary: 'Never take anything', options: {}, batch, open: () => () => new Promise(() => {}) })
`,
    )
    const slow = new Sluice(t, 'sluice', [file, '--pull-bind', 'ack+tcp://127.0.0.1:0'])
    const flags = [...LISTEN, '--push-connect', `ack+tcp://127.0.0.1:${await slow.port()}`]
    const { run, socket } = await notified(t, 'sluice-syslog-udp', flags, often)
    const sender = createSocket('udp4')
    t.after(() => sender.close())
    sender.send('<13>hello', await run.port(), '127.0.0.1')
    await slow.untilStatus('the record there', isHeld)
    await fedOn({ run, socket })
  })

  test('is fed while a command works', async t => {
    const command = ['--', 'sh', '-c', 'read line; exec sleep 1000']
    const { run, socket } = await notified(t, 'sluice-pipe', ['--timeout', '0', ...command], often)
    run.child.stdin!.write('hello\n')
    await run.untilStatus('the record', isHeld)
    await fedOn({ run, socket })
  })

  test('is fed while a filter holds what it was told to', async t => {
    const flags = ['--start', '^begin', '--hold-timeout', '1h']
    const { run, socket } = await notified(t, 'sluice-multiline', flags, often)
    run.child.stdin!.write('begin\nand more\n')
    await run.untilStatus('the records', isHeld)
    await fedOn({ run, socket })
  })

  test('is not fed by a loop that is blocked', async t => {
    const { run, socket } = await filtered(t, '{ while (true); }', { WATCHDOG_USEC: '1000000' })
    await socket.saying('WATCHDOG=1')
    run.child.stdin!.write('hello\n')
    // What systemd would wait for, before it sends this signal.
    await silence(socket, 3_000)
    run.child.kill('SIGABRT')
    await run.exited
    assert.equal(run.child.signalCode, 'SIGABRT')
  })

  test('is not fed by a filter that never answers, and the log says why', async t => {
    const { run, socket } = await filtered(t, 'new Promise(() => {})', { WATCHDOG_USEC: '100000' })
    await socket.saying('WATCHDOG=1')
    run.child.stdin!.write('hello\n')
    const { level, held } = await run.log(/the watchdog of systemd is not fed any more/)
    assert.deepEqual([level, held], ['error', 1])
    // What was said before the log line may come after it; but not after what is said later.
    run.child.kill('SIGHUP')
    await socket.saying('RELOADING=1')
    const before = socket.said.indexOf('RELOADING=1')
    await silence(socket, 500)
    assert.ok(!socket.said.slice(before).includes('WATCHDOG=1'), String(socket.said.slice(before)))
    run.child.kill('SIGKILL')
    await run.exited
    assert.equal(run.logs.filter(({ level }) => level === 'error').length, 1)
  })
})

/** Settles when nothing is said for so many milliseconds. */
async function silence(socket: NotifySocket, milliseconds: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let timer = setTimeout(resolve, milliseconds)
  let [heard, isOver] = [socket.said.length, false]
  const listening = socket.until(({ said }) => {
    if (said.length > heard) {
      heard = said.length
      clearTimeout(timer)
      timer = setTimeout(resolve, milliseconds)
    }
    return isOver
  })
  listening.catch(() => {})
  await promise
  isOver = true
}
