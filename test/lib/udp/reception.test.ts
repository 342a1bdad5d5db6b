// The same socket read in two ways, one of which has to be just like the other.
import assert from 'node:assert/strict'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { type Datagram, decode } from '../../../src/daemons/syslog-udp/datagram.ts'
import { loadLinux } from '../../../src/lib/linux.ts'
import { openReceiver } from '../../../src/lib/udp/receiver.ts'
import { raiseReceiveBuffer } from '../../support/udp.ts'

const hasCalls = (await loadLinux()) !== undefined
const MiB = 1024 * 1024

/** Sockets that libuv waits for: one less while it is looked for what comes. */
const watched = () => process.getActiveResourcesInfo().filter(name => name === 'UDPWrap').length

/** A receiver, and who sends to it. */
async function open(t: TestContext, host = '127.0.0.1') {
  await raiseReceiveBuffer()
  const receiver = await openReceiver(
    { host, port: 0 },
    { receiveBuffer: 8 * MiB, reusePort: false, others: [], reading: { decode, longest: 25, usual: '' } },
  )
  t.after(() => receiver.close())
  const got: Datagram[] = []
  const lists: number[] = []
  let came = Promise.withResolvers<void>()
  receiver.receive(datagrams => {
    got.push(...datagrams)
    lists.push(datagrams.reduce((sum, { message }) => sum + message.length, 0))
    came.resolve()
    came = Promise.withResolvers()
  })
  const sender = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  t.after(() => sender.close())
  sender.connect(Number(/\d+$/.exec(receiver.address)![0]), host)
  await once(sender, 'connect')
  const until = async (count: number) => {
    while (got.length < count) await came.promise
  }
  return { receiver, got, lists, sender, until }
}

function send(sender: Socket, payload: string | Buffer): Promise<void> {
  return new Promise((resolve, reject) => sender.send(payload, error => (error ? reject(error) : resolve())))
}

/** Sends until it is looked for what comes: then libuv has no descriptor of the socket any more. */
async function makeBusy({ sender, until, got }: Awaited<ReturnType<typeof open>>): Promise<void> {
  const before = got.length
  const all = watched()
  let sent = 0
  while (watched() === all) {
    for (let n = 0; n < 50; n++) await send(sender, `busy ${sent++}`)
    await until(before + sent)
  }
  got.length = 0
}

const HOSTILE = [
  'x'.repeat(65_507),
  Buffer.from([0x61, 0xff, 0x62]),
  'the \ufffd itself',
  'ä€😀\0\n',
  Buffer.from('\ufeffmark'),
  '',
]

test('datagrams are the same, waited for or looked for', { skip: !hasCalls && 'no koffi here' }, async t => {
  for (const host of ['127.0.0.1', '::1']) {
    await t.test(host, async t => {
      const opened = await open(t, host).catch(error => {
        if (host === '::1') return undefined
        throw error
      })
      if (!opened) return t.skip('no IPv6 here')
      const { sender, got, until } = opened
      const round = async () => {
        for (const payload of HOSTILE) await send(sender, payload)
        await until(HOSTILE.length)
        return got.splice(0)
      }
      const waited = await round()
      await makeBusy(opened)
      const looked = await round()
      assert.deepEqual(looked, waited)
      const { address, port } = sender.address()
      const peer = host === '::1' ? `[${address}]:${port}` : `${address}:${port}`
      assert.ok(
        looked.every(one => one.peer === peer),
        looked[0]!.peer,
      )
      assert.equal(looked[1]!.bytes, Buffer.from([0x61, 0xff, 0x62]).toString('base64'))
      assert.equal(looked[2]!.bytes, undefined)
    })
  }
})

test('none is lost or out of order from waiting to looking and back', {
  skip: !hasCalls && 'no koffi here',
}, async t => {
  const opened = await open(t)
  const { sender, got, until } = opened
  const idle = watched()
  let sent = 0
  for (let round = 0; round < 2; round++) {
    while (watched() === idle) {
      for (let n = 0; n < 200; n++) await send(sender, `number ${sent++}`)
      // A send ends without a turn of the loop, in which others are heard.
      await turn()
    }
    for (let n = 0; n < 2000; n++) await send(sender, `number ${sent++}`)
    await until(sent)
    // One now and then, until it waits again.
    while (watched() < idle) {
      await send(sender, `number ${sent++}`)
      await until(sent)
    }
  }
  assert.deepEqual(
    got.map(({ message }) => message),
    Array.from({ length: sent }, (_, n) => `number ${n}`),
  )
  // Any user of the host could, if the socket were shared.
  const thief = createSocket({ type: 'udp4', reuseAddr: true })
  t.after(() => thief.close())
  thief.bind(sender.remoteAddress().port, '127.0.0.1')
  const [refused] = await once(thief, 'error')
  assert.equal(refused.code, 'EADDRINUSE')
})

test('what has come until it is closed is taken', { skip: !hasCalls && 'no koffi here' }, async t => {
  const opened = await open(t)
  await makeBusy(opened)
  const { receiver, sender, got } = opened
  for (let n = 0; n < 600; n++) sender.send(`number ${n}`)
  await send(sender, 'last')
  receiver.close()
  assert.equal(got.length, 601)
  receiver.close()
})

test('what has come until it is closed is taken while it waits for little, too', async t => {
  const { receiver, sender, got } = await open(t)
  for (let n = 0; n < 600; n++) sender.send(`number ${n}`)
  await send(sender, 'last')
  assert.ok(got.length < 600, `${got.length}`)
  await receiver.close()
  assert.equal(got.length, 601)
})

test('without a descriptor to look by, it waits as before', {
  skip: !hasCalls && 'no koffi here',
}, async t => {
  const linux = await loadLinux()
  t.mock.method(linux!, 'duplicate', () => {
    throw Object.assign(new Error('too many'), { code: 'EMFILE' })
  })
  const { sender, until } = await open(t)
  const all = watched()
  for (let n = 0; n < 1000; n++) await send(sender, `number ${n}`)
  await until(1000)
  assert.equal(watched(), all)
})

test('what comes at once is bounded in bytes', { skip: !hasCalls && 'no koffi here' }, async t => {
  const opened = await open(t)
  await makeBusy(opened)
  const { receiver, sender, got, lists } = opened
  // The first call after them knows what their size is.
  await send(sender, 'x'.repeat(8000))
  await opened.until(1)
  lists.length = 0
  for (let n = 0; n < 200; n++) sender.send('x'.repeat(8000))
  await send(sender, 'last')
  receiver.close()
  assert.equal(got.length, 202)
  assert.ok(Math.max(...lists) <= 1.1 * 256 * 1024, `${lists}`)
})

test('bug: where many cannot be read at once, nothing was read any more', {
  skip: !hasCalls && 'no koffi here',
}, async t => {
  const linux = (await loadLinux())!
  const forbidden = t.mock.method(linux, 'receiveMessages', () => {
    throw Object.assign(new Error('recvmmsg: EPERM'), { code: 'EPERM' })
  })
  const { sender, until } = await open(t)
  for (let n = 0; n < 20; n++) {
    for (let m = 0; m < 50; m++) await send(sender, `${n} ${m}`)
    await until((n + 1) * 50)
  }
  assert.ok(forbidden.mock.callCount() > 0)
})

test('bug: a call that failed once, while it was looked for what comes, ended the process', {
  skip: !hasCalls && 'no koffi here',
}, async t => {
  const opened = await open(t)
  await makeBusy(opened)
  const { sender, until } = opened
  const linux = (await loadLinux())!
  const failing = t.mock.method(linux, 'receiveMessages', () => {
    throw Object.assign(new Error('recvmmsg: ENOMEM'), { code: 'ENOMEM' })
  })
  await send(sender, 'one')
  while (failing.mock.callCount() < 3) await turn()
  failing.mock.restore()
  await until(1)
})
