// Links with keys between real processes: who may come in does, as whom its key says, and nobody else.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { Dealer, Pull, Push } from 'zeromq'
import { AllowList } from '../../src/lib/curve/allow-list.ts'
import { proofOf } from '../../src/lib/curve/proof.ts'
import { parseEndpoint } from '../../src/lib/endpoint.ts'
import { optionsFor } from '../../src/lib/transport/address.ts'
import { Door } from '../../src/lib/transport/door.ts'
import { linkStatus } from '../../src/lib/transport/link.ts'
import { Keys } from '../support/keys.ts'
import { freePort } from '../support/port.ts'
import { Sluice } from '../support/process.ts'

type Scheme = 'tcp' | 'ack+tcp'

/** Prints what it is given. */
function consumer(t: TestContext, endpoint: string, keys: string[]): Sluice {
  return new Sluice(t, 'sluice-relay', [
    '--pull-bind',
    endpoint,
    '--push-connect',
    '-?format=ndjson',
    ...keys,
  ])
}

/** Sends what it reads. */
function producer(t: TestContext, endpoint: string, keys: string[], stdin: 'open' | string = 'open'): Sluice {
  const args = ['--pull-connect', '-', '--push-connect', endpoint, '--grace', '20s', ...keys]
  return new Sluice(t, 'sluice-relay', args, { stdin })
}

const record = (message: string) => `${JSON.stringify({ message })}\n`

const sendersOf = (records: { [key: string]: unknown }[]) =>
  Object.fromEntries(records.map(one => [one.message, (one['@meta'] as { sender?: string }).sender]))

async function bound(t: TestContext, scheme: Scheme, keys: string[], query = '') {
  const sink = consumer(t, `${scheme}://127.0.0.1:*${query}`, keys)
  return { sink, endpoint: `${scheme}://127.0.0.1:${await sink.port()}` }
}

for (const scheme of ['tcp', 'ack+tcp'] as const) {
  describe(`${scheme}, with keys`, { concurrency: 2 }, () => {
    test('who is allowed comes in, under its name, whatever it says itself', async t => {
      const keys = new Keys(t, 'web1', 'store1')
      keys.allow('web1')
      const { sink, endpoint } = await bound(t, scheme, keys.bound('store1'))
      const liar = '{"@meta":{"id":"a.1","sender":"root"},"message":"claimed"}\n'
      const source = producer(t, endpoint, keys.dialling('web1', 'store1'), record('plain') + liar)
      assert.equal(await source.exited, 0)
      assert.deepEqual(sendersOf(await sink.records(2)), { plain: 'web1', claimed: 'web1' })
      const [link] = (await sink.status()).stages[0]!.links as unknown as {
        senders: object
        refused: number
      }[]
      assert.equal(link!.refused, 0)
      assert.deepEqual(link!.senders, { web1: { admitted: 1, records: 2 } })
      const { body } = await sink.admin('/metrics')
      assert.equal(await sink.stop(), 0)
      assert.match(body, /sluice_link_sender_records_total\{.*sender="web1"\} 2/)
    })

    test('the one who is bound may be the producer', async t => {
      const keys = new Keys(t, 'web1', 'store1')
      keys.allow('store1')
      const args = ['--pull-connect', '-', '--push-bind', `${scheme}://127.0.0.1:*`, ...keys.bound('web1')]
      const source = new Sluice(t, 'sluice-relay', args, { stdin: 'open' })
      const endpoint = `${scheme}://127.0.0.1:${await source.port()}?server-key=${keys.publicOf('web1')}`
      const pull = ['--pull-connect', endpoint, '--push-connect', '-?format=ndjson']
      const sink = new Sluice(t, 'sluice-relay', [...pull, '--curve-key', keys.of('store1')])
      await sink.ready()
      source.child.stdin!.end(record('hello'))
      assert.deepEqual(sendersOf(await sink.records(1)), { hello: 'web1' })
    })

    test('a relay speaks for others', async t => {
      const keys = new Keys(t, 'collector', 'store1')
      keys.allow('collector relay')
      const { sink, endpoint } = await bound(t, scheme, keys.bound('store1'))
      const others = '{"@meta":{"id":"a.1","sender":"web7"},"message":"of web7"}\n'
      producer(t, endpoint, keys.dialling('collector', 'store1'), record('own') + others)
      assert.deepEqual(sendersOf(await sink.records(2)), { own: 'collector', 'of web7': 'web7' })
    })

    test('a key that is not allowed: refused, both say what to do, and after SIGHUP it comes in', async t => {
      const keys = new Keys(t, 'web1', 'web2', 'store1')
      keys.allow('web1')
      const { sink, endpoint } = await bound(t, scheme, keys.bound('store1'))
      const source = producer(t, endpoint, keys.dialling('web2', 'store1'), record('late'))
      const line = `${keys.pair('web2').publicKey} NAME`
      const has = (text: string) => (self: Sluice) => self.logs.find(({ msg }) => msg.includes(text))
      await sink.until(
        'the refusal',
        has(`refused 127.0.0.1: its key is not in ${keys.allowed}; to let it in, add the line: ${line}`),
      )
      await source.until('the reason', has(`it does not let us in; it has to have the line ${line}`))
      assert.equal(sink.stdout, '')
      keys.allow('web1', 'web2')
      sink.child.kill('SIGHUP')
      assert.deepEqual(sendersOf(await sink.records(1)), { late: scheme === 'tcp' ? undefined : 'web2' })
      assert.equal(await source.exited, 0)
    })

    test('an allow list that will not do changes nothing', async t => {
      const keys = new Keys(t, 'web1', 'store1')
      keys.allow('web1')
      const { sink, endpoint } = await bound(t, scheme, keys.bound('store1'))
      // It would make a relay of it, whose claims count.
      keys.allow('web1 relay too')
      sink.child.kill('SIGHUP')
      await sink.log(
        /SIGHUP: what was read before stays: --curve-allow: .*allowed:1: "relay too" is a word too many/,
      )
      const liar = '{"@meta":{"id":"a.1","sender":"root"},"message":"still"}\n'
      producer(t, endpoint, keys.dialling('web1', 'store1'), liar)
      assert.deepEqual(sendersOf(await sink.records(1)), { still: 'web1' })
    })

    test('a stop in the middle of a revocation is a stop', async t => {
      const keys = new Keys(t, 'web1', 'store1')
      keys.allow('web1')
      const { sink, endpoint } = await bound(t, scheme, keys.bound('store1'))
      const source = producer(t, endpoint, keys.dialling('web1', 'store1'))
      source.child.stdin!.write(record('before'))
      await sink.records(1)
      keys.allow()
      sink.child.kill('SIGHUP')
      assert.equal(await sink.stop(), 0)
    })

    test('another one in the place of the server gets nothing', async t => {
      const keys = new Keys(t, 'web1', 'store1', 'impostor')
      keys.allow('web1')
      const { sink, endpoint } = await bound(t, scheme, keys.bound('impostor'))
      const source = producer(t, endpoint, keys.dialling('web1', 'store1'))
      source.child.stdin!.write(record('secret'))
      await source.log(/it has not the key that we were given for it, or is no ZeroMQ socket/)
      await sink.log(/it was given another public key than ours, which is /)
      assert.equal(sink.stdout, '')
    })

    for (const first of ['the consumer', 'the producer'] as const) {
      test(`${first} has keys before the other one: it heals when that has them too`, async t => {
        const keys = new Keys(t, 'web1', 'store1')
        keys.allow('web1')
        const endpoint = `${scheme}://127.0.0.1:${await freePort()}`
        const own = (isFirst: boolean, flags: string[]) => (isFirst ? flags : [])
        const isConsumer = first === 'the consumer'
        const sink = consumer(t, endpoint, own(isConsumer, keys.bound('store1')))
        await sink.ready()
        const source = producer(t, endpoint, own(!isConsumer, keys.dialling('web1', 'store1')))
        // Who hangs up first does not always let the other one know why.
        const told = isConsumer
          ? /its link has keys/
          : /it has no keys|has none of these keys|has not the key/
        await source.log(told)
        if (isConsumer) {
          await source.stop()
          producer(t, endpoint, keys.dialling('web1', 'store1'), record('healed'))
          assert.deepEqual(sendersOf(await sink.records(1)), { healed: 'web1' })
        } else {
          await sink.stop()
          const again = consumer(t, endpoint, keys.bound('store1'))
          source.child.stdin!.write(record('healed'))
          assert.deepEqual(sendersOf(await again.records(1)), { healed: 'web1' })
        }
      })
    }

    test('who is not allowed any more is sent away at SIGHUP; the others go on', async t => {
      const keys = new Keys(t, 'web1', 'web2', 'store1')
      keys.allow('web1', 'web2')
      const { sink, endpoint } = await bound(t, scheme, keys.bound('store1'))
      const [stays, goes] = ['web1', 'web2'].map(name => producer(t, endpoint, keys.dialling(name, 'store1')))
      stays!.child.stdin!.write(record('1'))
      goes!.child.stdin!.write(record('2'))
      await sink.records(2)
      keys.allow('web1')
      sink.child.kill('SIGHUP')
      await goes!.log(/it does not let us in/)
      goes!.child.stdin!.write(record('never'))
      stays!.child.stdin!.write(record('3'))
      const records = await sink.records(3)
      assert.deepEqual(records.map(({ message }) => message).sort(), ['1', '2', '3'])
      // Its session is the same one; plain links all dial again.
      if (scheme === 'ack+tcp')
        assert.equal(stays!.logs.filter(({ msg }) => /session .* has ended/.test(msg)).length, 0)
      // A second time, when nobody has come in anew in between.
      keys.allow()
      sink.child.kill('SIGHUP')
      await stays!.log(/it does not let us in/)
      assert.equal(await sink.stop(), 0)
    })
  })
}

test('without the one who says who may come in, nobody does', async t => {
  const keys = new Keys(t, 'web1', 'store1')
  keys.allow('web1')
  const address = `tcp://127.0.0.1:${await freePort()}`
  const own = { curveKey: keys.of('store1'), curveAllow: keys.allowed }
  const endpoint = parseEndpoint(address, 'pull', 'bind', own)
  const log = { warn() {}, info() {} } as never
  const door = new Door(new AllowList('--curve-allow', keys.allowed), linkStatus(endpoint), {
    log,
    onReload() {},
    fatal: assert.fail,
  })
  const socket = new Pull(optionsFor(endpoint, door))
  t.after(() => socket.close())
  await socket.bind(address)
  const dialled = parseEndpoint(address, 'push', 'connect', {
    curveKey: keys.of('web1'),
    curveServer: keys.publicOf('store1'),
  })
  /** What becomes of one who dials. */
  const dial = () => {
    const push = new Push({ ...optionsFor(dialled), linger: 0, handshakeInterval: 1000 })
    t.after(() => push.close())
    push.connect(address)
    return new Promise(resolve => {
      for (const end of ['handshake', 'disconnect'] as const) push.events.on(end, () => resolve(end))
    })
  }
  assert.equal(await dial(), 'disconnect')
  // The same one, when it is there; and when it has gone again.
  await door.open(() => {})
  assert.equal(await dial(), 'handshake')
  door.close()
  assert.equal(await dial(), 'disconnect')
})

describe('the acknowledged pipe, with keys', () => {
  /** What an allowed key of another program says, and what it hears. */
  async function says(t: TestContext, keys: Keys, endpoint: string, name: string) {
    const { publicKey, secretKey } = keys.pair(name)
    const socket = new Dealer({
      curvePublicKey: publicKey,
      curveSecretKey: secretKey,
      curveServerKey: keys.pair('store1').publicKey,
      linger: 0,
    })
    t.after(() => socket.close())
    const admitted = new Promise(resolve => socket.events.on('handshake', resolve))
    socket.connect(endpoint.replace('ack+', ''))
    await admitted
    return {
      send: (text: string) => socket.send(text),
      hear: async () => String((await socket.receive())[0]),
      disconnected: new Promise(resolve => socket.events.on('disconnect', resolve)),
    }
  }
  const hello = (more: object) =>
    JSON.stringify({ hello: 1, role: 'push', sender: 'p', from: 1, line: 'l', ...more })

  test('nobody comes in as somebody else', async t => {
    const keys = new Keys(t, 'web1', 'web2', 'store1')
    keys.allow('web1', 'web2')
    const { sink, endpoint } = await bound(t, 'ack+tcp', keys.bound('store1'))
    const thief = await says(t, keys, endpoint, 'web2')
    await thief.send(hello({ key: keys.pair('web1').publicKey, proof: 'x' }))
    assert.match(await thief.hear(), /"reset":"its proof is not that of its key"/)
    // Nor by a proof of its own, of another name, or for another line.
    const server = keys.pair('store1').publicKey
    const proof = (name: string, line: string) => proofOf(keys.pair(name), server, line)
    for (const forged of [
      { key: keys.pair('web1').publicKey, proof: proof('web2', 'l') },
      { key: keys.pair('web2').publicKey, proof: proof('web2', 'another') },
    ]) {
      await thief.send(hello(forged))
      assert.match(await thief.hear(), /"reset":"its proof is not that of its key"/)
    }
    assert.equal(sink.stdout, '')
    // The same words with the right proof are heard.
    await thief.send(hello({ key: keys.pair('web2').publicKey, proof: proof('web2', 'l') }))
    assert.match(await thief.hear(), /"role":"pull"/)
  })

  test('who is let in does not end the session of another one, nor its batches, by calling itself the same', async t => {
    const keys = new Keys(t, 'web1', 'web2', 'store1')
    keys.allow('web1', 'web2')
    const { sink, endpoint } = await bound(t, 'ack+tcp', keys.bound('store1'))
    const server = keys.pair('store1').publicKey
    const helloOf = (name: string, from: number) => {
      const { publicKey: key } = keys.pair(name)
      return hello({ from, key, proof: proofOf(keys.pair(name), server, 'l') })
    }
    const [own, thief] = [await says(t, keys, endpoint, 'web1'), await says(t, keys, endpoint, 'web2')]
    await own.send(helloOf('web1', 1))
    assert.match(await own.hear(), /"role":"pull"/)
    await thief.send(helloOf('web2', 1000))
    assert.match(await thief.hear(), /"role":"pull"/)
    await own.send('{"batch":1}\n{"message":"kept"}\n')
    assert.deepEqual(sendersOf(await sink.records(1)), { kept: 'web1' })
    while (!(await own.hear()).includes('"ack":[[1,{"sent":1}]]'));
  })

  test('who does not say who it is has no name, also not the one that it claims', async t => {
    const keys = new Keys(t, 'web1', 'web2', 'store1')
    keys.allow('web1', 'web2')
    const { sink, endpoint } = await bound(t, 'ack+tcp', keys.bound('store1'))
    const foreign = await says(t, keys, endpoint, 'web2')
    await foreign.send(hello({}))
    assert.match(await foreign.hear(), /"role":"pull"/)
    await foreign.send('{"batch":1}\n{"@meta":{"id":"a","sender":"web1"},"message":"x"}\n')
    assert.deepEqual(sendersOf(await sink.records(1)), { x: undefined })

    // Nobody knows whose connection it is: all dial again, and nothing is lost.
    const named = producer(t, endpoint, keys.dialling('web1', 'store1'))
    await named.log(/connected$/)
    keys.allow('web1')
    sink.child.kill('SIGHUP')
    await foreign.disconnected
    named.child.stdin!.end(record('after'))
    assert.deepEqual(sendersOf((await sink.records(2)).slice(1)), { after: 'web1' })
    assert.equal(await named.exited, 0)
  })

  test('who was sent away and has kept its connection does not come back without a name', async t => {
    const keys = new Keys(t, 'web1', 'web2', 'store1')
    keys.allow('web1', 'web2')
    const { sink, endpoint } = await bound(t, 'ack+tcp', keys.bound('store1'))
    const named = producer(t, endpoint, keys.dialling('web2', 'store1'))
    await named.log(/connected$/)
    const quiet = await says(t, keys, endpoint, 'web2')
    keys.allow('web1')
    sink.child.kill('SIGHUP')
    await named.log(/it does not let us in/)
    await quiet.send(hello({}))
    await quiet.disconnected
    assert.equal(sink.stdout, '')
  })
})

test('a link in the file system has keys where it says so itself', async t => {
  const keys = new Keys(t, 'web1', 'store1')
  keys.allow('web1')
  const folder = mkdtempSync(join(tmpdir(), 'sluice-ipc-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const path = `ack+ipc://${join(folder, 'link')}`
  const sink = consumer(t, `${path}?allow=${keys.allowed}`, ['--curve-key', keys.of('store1')])
  await sink.ready()
  const endpoint = `${path}?server-key=${keys.publicOf('store1')}`
  producer(t, endpoint, ['--curve-key', keys.of('web1')], record('x'))
  assert.deepEqual(sendersOf(await sink.records(1)), { x: 'web1' })
})

test('keys in the environment do not change the links within a star', async t => {
  const keys = new Keys(t, 'web1', 'store1')
  keys.allow('web1')
  const { sink, endpoint } = await bound(t, 'ack+tcp', keys.bound('store1'))
  const env = { SLUICE_CURVE_KEY: keys.of('web1'), SLUICE_CURVE_SERVER: keys.publicOf('store1') }
  const chain = `relay --pull-connect - | relay*2 | relay --push-connect ${endpoint} --curve-key ${keys.of('web1')} --curve-server ${keys.publicOf('store1')}`
  const star = new Sluice(t, 'sluice', ['run', chain], { env, stdin: 'open' })
  await star.ready()
  star.child.stdin!.end(record('through'))
  assert.deepEqual(sendersOf(await sink.records(1)), { through: 'web1' })
})

test('sluice keygen: keys that links take, its line, and nothing is written over', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-keygen-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const run = async (...args: string[]) => {
    const made = new Sluice(t, 'sluice', ['keygen', ...args], { cwd: folder })
    return { code: await made.exited, stdout: made.stdout, stderr: made.stderr }
  }
  const { code, stdout } = await run('key', '--name', 'web1')
  assert.equal(code, 0)
  assert.match(stdout, /^\S{40} web1\n$/)
  assert.deepEqual((await run('--show', 'key.pub')).stdout, stdout)
  const again = await run('key')
  assert.deepEqual([again.code, again.stdout], [64, ''])
  assert.match(again.stderr, /key is there already.*sluice keygen --show key/)
  assert.equal((await run('--show', 'key')).stdout, stdout)
  assert.equal((await run('cert', '--czmq')).code, 0)
  assert.match(
    (await run('missing/key')).stderr,
    /missing\/key: there is no folder missing; make it with: mkdir -p missing$/m,
  )
  assert.equal((await run('x', '--name', 'a b')).code, 64)
  const { statSync } = await import('node:fs')
  const modes = ['key', 'key.pub', 'cert', 'cert_secret'].map(name =>
    (statSync(join(folder, name)).mode & 0o777).toString(8),
  )
  assert.deepEqual(modes, ['600', '644', '644', '600'])
})
