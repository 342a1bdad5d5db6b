// Daemons that publish and subscribe, as operators join them.
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { Subscriber, XSubscriber } from 'zeromq'
import { Keys } from '../support/keys.ts'
import { freePort } from '../support/port.ts'
import { Sluice, type Status } from '../support/process.ts'

interface PubLink {
  endpoint: string
  subscriptions: number
  unwanted: number
  slow: number
  records: number
  peers: number
}

const event = (n: number, type = 'pageview', more = {}) => `${JSON.stringify({ type, n, ...more })}\n`
const events = (from: number, to: number, type?: string) =>
  Array.from({ length: to - from }, (_, n) => event(from + n, type)).join('')
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i)
const numbers = (records: readonly { [key: string]: unknown }[]) => records.map(({ n }) => n)

/** Publishes what it is given. */
function publisher(t: TestContext, ...flags: string[]): Sluice {
  return new Sluice(t, 'sluice-relay', ['--pull-connect', '-', ...flags], { stdin: 'open' })
}

/** Prints what it gets. */
function reader(t: TestContext, ...flags: string[]): Sluice {
  return new Sluice(t, 'sluice-relay', [...flags, '--push-connect', '-?format=ndjson'])
}

const linkOf = (status: Status, n = 0) =>
  status.stages[0]!.links.filter(({ endpoint }) => endpoint.startsWith('pub+'))[n] as unknown as PubLink

const subscribed = (source: Sluice, count: number, n = 0) =>
  source.untilStatus(`${count} subscriptions`, status => linkOf(status, n).subscriptions === count)

const booksOf = async (run: Sluice) => (await run.status()).stages[0]!.books

describe('published events', { concurrency: 3 }, () => {
  for (const scheme of ['tcp', 'ipc'] as const)
    for (const binder of ['pub', 'sub'] as const)
      test(`${scheme}: ${binder} is bound; all subscribers get what they asked for`, async t => {
        const port = await freePort()
        const address =
          scheme === 'tcp' ? `tcp://127.0.0.1:${port}` : `ipc://${join(tmpdir(), `sluice-pub-${port}`)}`
        // Room for all, whatever else the machine does.
        const deep = 'queue=10000'
        // Where the publisher connects there is one subscriber at an address.
        const [way, other] = binder === 'pub' ? ['connect', 'bind'] : ['bind', 'connect']
        const views = reader(t, `--pull-${way}`, `sub+${address}?topic=pageview&${deep}`)
        const all = binder === 'pub' ? reader(t, `--pull-${way}`, `sub+${address}?${deep}`) : undefined
        const source = publisher(t, `--push-${other}`, `pub+${address}?${deep}`)
        await subscribed(source, all ? 2 : 1)
        source.child.stdin!.write(events(0, 1000) + events(0, 1000, 'pageviews') + events(0, 1000, 'click'))
        source.child.stdin!.end(events(1000, 2000))
        assert.equal(await source.exited, 0)
        assert.deepEqual(numbers(await views.records(2000)), upTo(2000))
        if (all) assert.equal((await all.records(4000)).length, 4000)
        assert.equal((await booksOf(views)).in, 2000)
      })

  test('nobody is there: it is ready, waits for nobody, and counts what nobody wanted', async t => {
    const source = publisher(t, '--push-bind', 'pub+tcp://127.0.0.1:*')
    await source.ready()
    assert.equal((await source.admin('/readyz')).status, 200)
    source.child.stdin!.write(events(0, 100))
    const status = await source.untilStatus(
      '100',
      ({ stages }) => stages[0]!.books['dropped:no-subscriber'] === 100,
    )
    assert.deepEqual([linkOf(status).unwanted, linkOf(status).records], [100, 0])
    const { body } = await source.admin('/metrics')
    assert.match(body, /sluice_records_out_total\{.*outcome="dropped",reason="no-subscriber"\} 100/)
    const view = reader(t, '--pull-connect', `sub+tcp://127.0.0.1:${await source.port()}?topic=page*`)
    await subscribed(source, 1)
    source.child.stdin!.end(events(100, 200) + events(0, 50, 'click'))
    assert.deepEqual(numbers(await view.records(100)), upTo(200).slice(100))
    assert.equal(await source.exited, 0)
  })

  test('several endpoints: what is published goes to all of them', async t => {
    const source = publisher(
      t,
      '--push-bind',
      'pub+tcp://127.0.0.1:*',
      '--push-bind',
      'pub+tcp://127.0.0.1:*?encoding=msgpack',
    )
    const ports = [await source.port(0), await source.port(1)]
    const readers = ports.map(port => reader(t, '--pull-connect', `sub+tcp://127.0.0.1:${port}`))
    await subscribed(source, 1, 0)
    await subscribed(source, 1, 1)
    source.child.stdin!.end(events(0, 500))
    for (const one of readers) assert.deepEqual(numbers(await one.records(500)), upTo(500))
    assert.equal(await source.exited, 0)
  })

  test('either side may be killed and come again', async t => {
    const address = `tcp://127.0.0.1:${await freePort()}`
    const view = () => reader(t, '--pull-connect', `sub+${address}`)
    const first = publisher(t, '--push-bind', `pub+${address}`)
    const before = view()
    await subscribed(first, 1)
    first.child.stdin!.write(events(0, 10))
    await before.records(10)
    await before.stop('SIGKILL')
    await subscribed(first, 0)
    const after = view()
    await subscribed(first, 1)
    first.child.stdin!.write(events(10, 20))
    assert.deepEqual(numbers(await after.records(10)), upTo(20).slice(10))
    await first.stop('SIGKILL')
    const second = publisher(t, '--push-bind', `pub+${address}`)
    await subscribed(second, 1)
    second.child.stdin!.end(events(20, 30))
    assert.deepEqual(numbers(await after.records(20)), upTo(30).slice(10))
  })

  test('bug: who had asked for the same twice was taken for there when he had gone', async t => {
    const source = publisher(t, '--push-bind', 'pub+tcp://127.0.0.1:*')
    const endpoint = `tcp://127.0.0.1:${await source.port()}`
    // Another one stays.
    reader(t, '--pull-connect', `sub+${endpoint}?topic=click`)
    await subscribed(source, 1)
    const twice = new XSubscriber({ linger: 0 })
    t.after(() => twice.close())
    twice.connect(endpoint)
    for (const prefix of ['page', 'page', 'last']) await twice.send(`\x01${prefix}`)
    await subscribed(source, 3)
    twice.close()
    await subscribed(source, 1)
    source.child.stdin!.write(events(0, 10))
    await source.untilStatus('10', ({ stages }) => stages[0]!.books['dropped:no-subscriber'] === 10)
  })

  test('bug: of subscribers who came and left together, some were counted for ever, and others called wrong', async t => {
    const source = publisher(t, '--push-bind', 'pub+tcp://127.0.0.1:*')
    const endpoint = `tcp://127.0.0.1:${await source.port()}`
    const all: Subscriber[] = []
    t.after(() => {
      for (const one of all) one.close()
    })
    let topics = 0
    const come = (count: number) => {
      for (let n = 0; n < count; n++) {
        const one = new Subscriber({ linger: 0 })
        one.connect(endpoint)
        one.subscribe(`topic-${topics++}`)
        all.push(one)
      }
    }
    for (let round = 0; round < 15; round++) {
      come(15)
      await subscribed(source, all.length)
      // The next ones come while these leave.
      for (const one of all.splice(0, 10)) one.close()
    }
    for (const one of all.splice(0)) one.close()
    await source.untilStatus('nobody', status => linkOf(status).peers === 0)
    assert.doesNotMatch(source.stderr, /is not a plain ZeroMQ/)
  })

  test('one who does not read is told of, slows nobody down, and takes no more memory than he may', async t => {
    const source = publisher(t, '--push-bind', 'pub+tcp://127.0.0.1:*')
    const endpoint = `tcp://127.0.0.1:${await source.port()}`
    const sleeper = new Subscriber({ receiveHighWaterMark: 10 })
    t.after(() => sleeper.close())
    sleeper.connect(endpoint)
    sleeper.subscribe()
    const view = reader(t, '--pull-connect', `sub+${endpoint}?topic=pageview`)
    await subscribed(source, 2)
    const text = 'x'.repeat(50_000)
    // 500 MB for the one who does not read.
    for (let n = 0; n < 10_000; n += 50) {
      const some = Array.from({ length: 50 }, (_, i) => event(n + i, 'click', { text })).join('')
      if (!source.child.stdin!.write(some + events(n, n + 50)))
        await new Promise(resolve => source.child.stdin!.once('drain', resolve))
    }
    await source.log(/a subscriber does not keep up: what it has no room for is dropped for it/)
    assert.deepEqual(numbers(await view.records(10_000)), upTo(10_000))
    const { body } = await source.admin('/metrics')
    const resident = Number(/^process_resident_memory_bytes\S* (\S+)/m.exec(body)?.[1])
    assert.ok(resident < 300 * 2 ** 20, `${resident} bytes`)
    assert.ok(linkOf(await source.status()).slow >= 1)
    assert.equal(source.stderr.includes('will not take effect'), false)
    source.child.stdin!.end()
    assert.equal(await source.exited, 0)
  })

  test('a large event between small ones: whoever reads gets all, whether the large one or what came behind it', async t => {
    const source = publisher(t, '--push-bind', 'pub+tcp://127.0.0.1:*')
    const endpoint = `tcp://127.0.0.1:${await source.port()}`
    const views = [
      reader(t, '--pull-connect', `sub+${endpoint}`),
      reader(t, '--pull-connect', `sub+${endpoint}`),
    ]
    const sleeper = new Subscriber({ receiveHighWaterMark: 10 })
    t.after(() => sleeper.close())
    sleeper.connect(endpoint)
    sleeper.subscribe('click')
    await subscribed(source, 2)
    await source.untilStatus('three peers', status => linkOf(status).peers === 3)
    const all = async (count: number) => {
      for (const view of views) assert.deepEqual(numbers(await view.records(count)), upTo(count))
    }
    for (let n = 0; n < 3000; n += 500) {
      source.child.stdin!.write(events(n, n + 500))
      await all(n + 500)
    }
    for (const [n, size] of [9_000, 900_000, 100_000].entries()) {
      const from = 3000 + n * 101
      source.child.stdin!.write(event(from, 'click', { text: 'x'.repeat(size) }))
      await all(from + 1)
      source.child.stdin!.write(events(from + 1, from + 101))
      await all(from + 101)
    }
    source.child.stdin!.end()
    assert.equal(await source.exited, 0)
  })

  test("a large event between small ones of somebody else's: all arrive", async t => {
    const view = reader(t, '--pull-bind', 'sub+tcp://127.0.0.1:*')
    const { XPublisher } = await import('zeromq')
    const foreign = new XPublisher({ sendHighWaterMark: 0 })
    t.after(() => foreign.close())
    foreign.connect(`tcp://127.0.0.1:${await view.port()}`)
    await foreign.receive()
    for (let n = 0; n < 3000; n++) await foreign.send(`pageview ${event(n)}`)
    assert.equal((await view.records(3000)).length, 3000)
    for (let n = 3000; n < 3300; n += 101) {
      await foreign.send(`pageview ${event(n, 'pageview', { text: 'x'.repeat(n % 2 ? 9_000 : 900_000) })}`)
      for (let i = 1; i <= 100; i++) await foreign.send(`pageview ${event(n + i)}`)
      await view.records(n + 101)
    }
    assert.deepEqual(numbers(await view.records(3303)), upTo(3303))
  })

  test('topics that are longer than a subscription may be', async t => {
    const source = publisher(t, '--push-bind', 'pub+tcp://127.0.0.1:*')
    const endpoint = `sub+tcp://127.0.0.1:${await source.port()}`
    const [one, other] = ['a', 'b'].map(end => 'x'.repeat(1500) + end) as [string, string]
    const view = reader(t, '--pull-connect', `${endpoint}?topic=${one}`)
    await subscribed(source, 1)
    source.child.stdin!.end(events(0, 10, other) + events(10, 20, one) + events(20, 30, one.slice(0, 300)))
    assert.equal(await source.exited, 0)
    assert.deepEqual(numbers(await view.records(10)), upTo(20).slice(10))
  })

  test('a flood of subscriptions ends all connections, before it takes all memory; the others come again', async t => {
    const source = publisher(t, '--push-bind', 'pub+tcp://127.0.0.1:*')
    const endpoint = `tcp://127.0.0.1:${await source.port()}`
    const view = reader(t, '--pull-connect', `sub+${endpoint}`)
    await subscribed(source, 1)
    const [longer, flood] = [
      new Subscriber({ linger: 0 }),
      new XSubscriber({ linger: 0, sendHighWaterMark: 0 }),
    ]
    t.after(() => longer.close())
    const refused = new Promise(resolve => longer.events.on('disconnect', resolve))
    longer.subscribe('x'.repeat(1025))
    longer.connect(endpoint)
    await refused
    longer.close()
    flood.connect(endpoint)
    for (let n = 0; n < 10_000; n++) await flood.send(`\x01${String(n).padEnd(256, 'x')}`)
    await source.log(/\d{4} subscriptions are more than are kept: all connections end/)
    flood.close()
    await subscribed(source, 1)
    source.child.stdin!.end(events(0, 100))
    assert.deepEqual(numbers(await view.records(100)), upTo(100))
    assert.equal(await source.exited, 0)
  })

  test('a publisher that connects gets rid of a flood of subscriptions as well', async t => {
    const flood = new XSubscriber({ linger: 0, sendHighWaterMark: 0 })
    t.after(() => flood.close())
    await flood.bind('tcp://127.0.0.1:*')
    const source = publisher(t, '--push-connect', `pub+${flood.lastEndpoint}`)
    await source.untilStatus('its peer', status => linkOf(status).peers === 1)
    for (let n = 0; n < 10_000; n++) await flood.send(`\x01${String(n).padEnd(256, 'x')}`)
    await source.log(/\d{4} subscriptions are more than are kept/)
    await source.untilStatus('none of them', status => linkOf(status).subscriptions === 0)
    source.child.stdin!.end()
    assert.equal(await source.exited, 0)
  })

  test('what is no event is kept as a text, or dead', async t => {
    const view = reader(t, '--pull-bind', 'sub+tcp://127.0.0.1:*', '--max-record', '1KiB')
    const { Publisher } = await import('zeromq')
    const foreign = new Publisher()
    t.after(() => foreign.close())
    foreign.connect(`tcp://127.0.0.1:${await view.port()}`)
    await view.untilStatus('its peer', ({ stages }) => stages[0]!.links[0]!.peers === 1)
    // A subscription takes a moment after the handshake.
    while (view.stdout === '') {
      await foreign.send('weather 10001 72F')
      await new Promise(resolve => setImmediate(resolve))
    }
    await foreign.send(['click', Buffer.from([0x82, 0xc1, 0xff])])
    await foreign.send(`click ${JSON.stringify({ a: 'x'.repeat(2000) })}`)
    await foreign.send('click {"type":"click","a":1}')
    await view.until('the last', ({ stdout }) => stdout.includes('"a":1'))
    const records = view.stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
    assert.equal(records[0].message, '10001 72F')
    assert.equal(records[0]['@meta'].topic, 'weather')
    assert.equal(records.at(-2)['@meta'].bytes, Buffer.from([0x82, 0xc1, 0xff]).toString('base64'))
    await view.untilStatus('the dead one', ({ stages }) => stages[0]!.books.dead === 1)
    assert.equal((await booksOf(view)).balanced, true)
  })

  test('with keys: who is allowed gets all, under the name of the publisher; nobody else does', async t => {
    const keys = new Keys(t, 'hub', 'screen', 'stranger')
    keys.allow('screen')
    const source = publisher(t, '--push-bind', 'pub+tcp://127.0.0.1:*', ...keys.bound('hub'))
    const endpoint = `sub+tcp://127.0.0.1:${await source.port()}`
    const screen = reader(t, '--pull-connect', endpoint, ...keys.dialling('screen', 'hub'))
    const stranger = reader(t, '--pull-connect', endpoint, ...keys.dialling('stranger', 'hub'))
    await subscribed(source, 1)
    await stranger.log(/it does not let us in/)
    source.child.stdin!.end(events(0, 100))
    const records = await screen.records(100)
    assert.deepEqual(numbers(records), upTo(100))
    assert.equal((records[0]!['@meta'] as { sender: string }).sender, 'hub')
    assert.equal(await source.exited, 0)
    assert.equal(stranger.stdout, '')
  })

  test('SIGHUP ends who is not allowed any more; the others come again by themselves', async t => {
    const keys = new Keys(t, 'hub', 'screen', 'other')
    keys.allow('screen', 'other')
    const source = publisher(t, '--push-bind', 'pub+tcp://127.0.0.1:*', ...keys.bound('hub'))
    const endpoint = `sub+tcp://127.0.0.1:${await source.port()}`
    const screen = reader(t, '--pull-connect', endpoint, ...keys.dialling('screen', 'hub'))
    const other = reader(t, '--pull-connect', `${endpoint}?topic=x`, ...keys.dialling('other', 'hub'))
    await subscribed(source, 2)
    keys.allow('screen')
    source.child.kill('SIGHUP')
    await other.log(/it does not let us in/)
    await subscribed(source, 1)
    source.child.stdin!.write(events(0, 100))
    assert.deepEqual(numbers(await screen.records(100)), upTo(100))
  })

  test('a wrong peer is named', async t => {
    const port = await freePort()
    const pull = reader(t, '--pull-bind', `tcp://127.0.0.1:${port}`)
    await pull.ready()
    const source = publisher(t, '--push-connect', `pub+tcp://127.0.0.1:${port}`)
    await source.log(/whoever listens at it is not a plain ZeroMQ SUB socket/)
    await pull.stop()
    reader(t, '--pull-bind', `sub+tcp://127.0.0.1:${port}`)
    await subscribed(source, 1)
  })
})
