// Producer and consumer of the acknowledged pipe, joined without sockets: what docs/protocol.md promises.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Producer } from '../../../src/lib/ack/producer.ts'
import type { Receipt } from '../../../src/lib/engine/receipt.ts'
import { settled } from '../../support/link.ts'
import { createConsumer, createProducer, type End, Network, type Taken } from './network.ts'

const NOON = 1_795_241_105_786
const lines = (...texts: string[]) => Buffer.from(texts.map(text => `${text}\n`).join(''))
const texts = (taken: readonly Taken[]) => taken.map(({ records }) => records.toString().trimEnd())

/** Offers one batch of one record each; what became of them is noted by text. */
function offerAll(producer: Producer<End>, ...all: string[]): Map<string, Receipt> {
  const receipts = new Map<string, Receipt>()
  for (const text of all) producer.offer(lines(text), 1, NOON).then(receipt => receipts.set(text, receipt))
  return receipts
}

for (const way of ['the producer dials', 'the consumer dials']) {
  describe(way, () => {
    function setUp(options = {}) {
      const network = new Network()
      const producer = createProducer(network)
      const { consumer, taken } = createConsumer(network, options)
      const dial = (to = consumer) =>
        way === 'the producer dials' ? network.connect(producer, to) : network.connect(to, producer)
      return { network, producer, consumer, taken, dial }
    }

    test('batches go over in order, and each settles with its own receipt', async () => {
      const { network, producer, taken, dial } = setUp()
      const receipts = offerAll(producer, 'a', 'b', 'c')
      dial()
      network.settle()
      assert.deepEqual(texts(taken), ['a', 'b', 'c'])
      assert.deepEqual(
        taken.map(({ number, sender, at }) => [number, sender, at]),
        [1, 2, 3].map(number => [number, 'producer-1', NOON]),
      )
      taken[2]!.done()
      taken[0]!.done({ dead: 1 })
      await settled()
      network.settle()
      await settled()
      assert.deepEqual(
        [...receipts],
        [
          ['c', { stored: 1 }],
          ['a', { dead: 1 }],
        ],
      )
      assert.equal(producer.unacknowledged, 1)
    })

    test('what a lost session had is sent again in its order, and not processed twice', async () => {
      const { network, producer, taken, dial } = setUp()
      const receipts = offerAll(producer, 'a', 'b', 'c')
      const first = dial()
      network.settle()
      taken[0]!.done()
      await settled()
      // Its acknowledgement is lost with the connection.
      network.cut(first)
      taken[1]!.done({ duplicate: 1 })
      dial()
      network.settle()
      await settled()
      network.settle()
      await settled()
      assert.deepEqual(texts(taken), ['a', 'b', 'c'])
      taken[2]!.done()
      await settled()
      network.settle()
      await settled()
      assert.deepEqual([...receipts.values()], [{ stored: 1 }, { duplicate: 1 }, { stored: 1 }])
    })

    test('a consumer that was replaced gets all that was not acknowledged', async () => {
      const { network, producer, taken, dial } = setUp()
      const receipts = offerAll(producer, 'a', 'b', 'c')
      const first = dial()
      network.settle()
      taken[1]!.done()
      await settled()
      network.settle()
      network.cut(first)
      const fresh = createConsumer(network)
      dial(fresh.consumer)
      network.settle()
      assert.deepEqual(texts(fresh.taken), ['a', 'c'])
      assert.deepEqual(
        fresh.taken.map(({ number }) => number),
        [1, 3],
      )
      for (const batch of fresh.taken) batch.done()
      await settled()
      network.settle()
      await settled()
      assert.equal(receipts.size, 3)
    })

    test('credit is the whole window: repeating it changes nothing', async () => {
      const { network, producer, consumer, taken, dial } = setUp({ window: 3 * 1024, total: 1e6 })
      dial()
      network.settle()
      offerAll(producer, 'a', 'b', 'c', 'd', 'e')
      for (let n = 0; n < 3; n++) {
        consumer.probe()
        network.settle()
      }
      assert.deepEqual(texts(taken), ['a', 'b', 'c'])
      assert.ok(producer.room())
      taken[1]!.done()
      await settled()
      network.settle()
      assert.deepEqual(texts(taken), ['a', 'b', 'c', 'd'])
    })

    test('with nothing outstanding one batch may go whatever its size', () => {
      const { network, producer, taken, dial } = setUp({ window: 2048 })
      dial()
      network.settle()
      offerAll(producer, 'x'.repeat(10_000), 'b')
      network.settle()
      assert.equal(taken.length, 1)
    })

    test('a batch larger than the consumer takes is cut at its line ends; its receipt is the sum', async () => {
      const { network, producer, taken, dial } = setUp({ max: 1024 })
      dial()
      network.settle()
      const long = (c: string) => c.repeat(400)
      let receipt: Receipt | undefined
      producer.offer(lines(long('a'), long('b'), long('c')), 3, NOON).then(sum => {
        receipt = sum
      })
      offerAll(producer, 'd')
      network.settle()
      assert.deepEqual(texts(taken), [`${long('a')}\n${long('b')}`, long('c'), 'd'])
      assert.equal(new Set(taken.map(({ number }) => number)).size, 3)
      taken[0]!.done({ stored: 1, dead: 1 })
      await settled()
      network.settle()
      await settled()
      assert.equal(receipt, undefined)
      taken[1]!.done()
      await settled()
      network.settle()
      await settled()
      assert.deepEqual(receipt, { stored: 2, dead: 1 })
    })

    for (const length of [895, 896, 897, 2000])
      test(`a record of ${length} bytes beside others: what fits into no message is a dead letter`, async () => {
        const network = new Network()
        const refused: string[] = []
        const producer = createProducer(network, 1, refused)
        const { consumer, taken } = createConsumer(network, { max: 1024 })
        if (way === 'the producer dials') network.connect(producer, consumer)
        else network.connect(consumer, producer)
        network.settle()
        let receipt: Receipt | undefined
        producer.offer(lines('a', 'x'.repeat(length), 'b'), 3, NOON).then(sum => {
          receipt = sum
        })
        network.settle()
        for (const batch of taken) batch.done()
        await settled()
        network.settle()
        await settled()
        const fits = length < 896
        assert.deepEqual(texts(taken).join('\n'), fits ? `a\n${'x'.repeat(length)}\nb` : 'a\nb')
        assert.deepEqual(refused, fits ? [] : ['x'.repeat(length)])
        assert.deepEqual(receipt, fits ? { stored: 3 } : { dead: 1, stored: 2 })
      })

    test('a consumer that leaves takes no more, and still acknowledges what it has', async () => {
      const { network, producer, consumer, taken, dial } = setUp()
      dial()
      network.settle()
      const receipts = offerAll(producer, 'a', 'b')
      network.settle()
      consumer.stop()
      offerAll(producer, 'c')
      network.settle()
      offerAll(producer, 'd')
      network.settle()
      assert.deepEqual(texts(taken), ['a', 'b'])
      taken[0]!.done()
      await settled()
      consumer.leave()
      network.settle()
      await settled()
      assert.deepEqual([...receipts.keys()], ['a'])
      assert.equal(producer.peers, 0)
      const fresh = createConsumer(network)
      dial(fresh.consumer)
      network.settle()
      assert.deepEqual(texts(fresh.taken), ['b', 'c', 'd'])
    })

    test('a slow consumer still answers, so nothing is sent again; a silent one loses its session', async () => {
      const { network, producer, consumer, taken, dial } = setUp()
      dial()
      network.settle()
      offerAll(producer, 'a')
      for (let n = 0; n < 100; n++) {
        network.pass(1_000, producer, consumer)
        network.settle()
      }
      assert.equal(taken.length, 1)
      assert.equal(producer.peers, 1)
      for (let n = 0; n < 20; n++) network.pass(1_000, producer)
      assert.equal(producer.peers, 1)
      network.pass(1_000, producer)
      assert.equal(producer.peers, 0)
      assert.match(network.complaints.at(-1)!, /nothing came for 20 s/)
    })

    test('two of the same role tell each other so', () => {
      const network = new Network()
      const [one, other] = [createProducer(network, 1), createProducer(network, 2)]
      network.connect(one, other)
      network.settle()
      assert.ok(network.complaints.some(why => /both ends produce/.test(why)))
      assert.deepEqual([one.peers, other.peers], [0, 0])
      const [a, b] = [createConsumer(network).consumer, createConsumer(network).consumer]
      network.connect(a, b)
      network.settle()
      assert.ok(network.complaints.some(why => /both ends consume/.test(why)))
    })

    test('who says no hello in time is no peer', () => {
      const { network, producer, consumer } = setUp()
      const mute = { opened() {}, received() {}, ended() {}, tick() {} }
      const party = way === 'the producer dials' ? producer : consumer
      network.connect(party, mute)
      network.pass(1_400, party)
      assert.deepEqual(network.complaints, [])
      network.pass(100, party)
      assert.match(network.complaints[0]!, /no hello came/)
    })
  })
}

test("each batch goes to the consumer with most credit left; a dead one's go to the others", async () => {
  const network = new Network()
  const producer = createProducer(network)
  const [a, b] = [createConsumer(network, { window: 2048 }), createConsumer(network, { window: 4096 })]
  const toA = network.connect(producer, a.consumer)
  network.connect(producer, b.consumer)
  network.settle()
  const receipts = offerAll(producer, '1', '2', '3', '4', '5', '6', '7')
  network.settle()
  assert.deepEqual([a.taken.length, b.taken.length], [2, 4])
  network.cut(toA)
  for (const batch of b.taken) batch.done()
  await settled()
  network.settle()
  for (const batch of b.taken.slice(4)) batch.done()
  await settled()
  network.settle()
  await settled()
  assert.deepEqual([...receipts.keys()].sort(), ['1', '2', '3', '4', '5', '6', '7'])
  // The one that was cut off comes back and says what it has done: nobody waits for it any more.
  for (const batch of a.taken) batch.done()
  network.connect(producer, a.consumer)
  await settled()
  network.settle()
  assert.equal(producer.unacknowledged, 0)
})

test('bug: an acknowledgement of what nobody was sent yet lost it', async () => {
  const network = new Network()
  const producer = createProducer(network)
  const said: string[] = []
  const wrong = {
    opened() {},
    received: (end: End, frame: Buffer) => {
      if (said.push(frame.toString()) > 1) return
      network.wire.send(end, Buffer.from('{"hello":1,"role":"pull","credit":1024,"max":9999}'))
      network.wire.send(end, Buffer.from('{"ack":[2,3]}'))
    },
    ended() {},
    tick() {},
  }
  const receipts = offerAll(producer, 'a', 'b', 'c')
  network.connect(producer, wrong)
  network.settle()
  await settled()
  assert.deepEqual(said.filter(text => text.startsWith('{"batch"')).length, 1)
  assert.deepEqual([receipts.size, producer.unacknowledged], [0, 3])
})

test('the credit of all producers together has a bound', async () => {
  const network = new Network()
  const { consumer } = createConsumer(network, { window: 1000, total: 3000 })
  for (let life = 1; life <= 6; life++) network.connect(createProducer(network, life), consumer)
  network.settle()
  await settled()
  assert.equal(consumer.credit, 500)
})

test('its credit is used up when one more like its largest batch, or like all that is under way, would not fit', async () => {
  const network = new Network()
  const { consumer, taken } = createConsumer(network, { window: 100_000, total: 300_000 })
  const producer = createProducer(network)
  network.connect(producer, consumer)
  network.connect(createProducer(network, 2), consumer)
  const seen: boolean[] = []
  for (let n = 0; n < 3; n++) {
    offerAll(producer, 'x'.repeat(30_000))
    network.settle()
    seen.push(consumer.isCreditUsedUp)
  }
  assert.deepEqual(seen, [false, true, true])
  for (const { done } of taken.splice(0, 2)) done()
  assert.equal(consumer.isCreditUsedUp, false)
  for (const size of [90_000, 20_000]) {
    taken.pop()!.done()
    await settled()
    offerAll(producer, 'x'.repeat(size))
    network.settle()
  }
  assert.deepEqual([taken.length, consumer.isCreditUsedUp], [1, true])
})

test('a producer that takes no notice of its credit is reset', async () => {
  const network = new Network()
  const { consumer, taken } = createConsumer(network, { window: 2000, total: 2000, max: 1024 })
  const said: string[] = []
  const rude = {
    opened(end: End) {
      network.wire.send(end, Buffer.from('{"hello":1,"role":"push","sender":"rude","from":1}'))
      for (let n = 1; n < 10; n++) network.wire.send(end, Buffer.from(`{"batch":${n}}\nx`))
    },
    received: (_: End, frame: Buffer) => void said.push(frame.toString()),
    ended() {},
    tick() {},
  }
  network.connect(rude, consumer)
  network.settle()
  assert.ok(
    said.some(text => /more than the credit allows/.test(text)),
    said.join(''),
  )
  assert.ok(taken.length < 5)
})

test('a message before the hello is answered, and so is what is no message', () => {
  const network = new Network()
  const { consumer } = createConsumer(network)
  const said: string[] = []
  for (const first of ['{"batch":1}\nx', 'GET / HTTP/1.1']) {
    const stranger = {
      opened: (end: End) => network.wire.send(end, Buffer.from(first)),
      received: (_: End, frame: Buffer) => void said.push(frame.toString()),
      ended() {},
      tick() {},
    }
    network.connect(stranger, consumer)
    network.settle()
  }
  assert.deepEqual(said, ['{"reset":"hello first"}\n', '{"reset":"the first line is not JSON"}\n'])
})

test('what was acknowledged is forgotten as soon as the producer knows', async () => {
  const network = new Network()
  const producer = createProducer(network)
  const { consumer, taken } = createConsumer(network)
  network.connect(producer, consumer)
  network.settle()
  for (let n = 0; n < 20_000; n++) {
    producer.offer(lines(String(n)), 1, NOON)
    network.settle()
    taken.pop()!.done()
    if (n % 100 === 0) await settled()
  }
  await settled()
  network.settle()
  assert.ok(consumer.remembered < 3000, `${consumer.remembered} are remembered`)
  // Its life is over: nothing of it is kept.
  producer.leave()
  network.settle()
  assert.equal(consumer.remembered, 0)
})

test('a producer that leaves numbers out is not remembered without bounds', async () => {
  const network = new Network()
  const { consumer, taken } = createConsumer(network, { window: 1e9 })
  const mute = { opened() {}, received() {}, ended() {}, tick() {} }
  const [dialled] = network.connect(mute, consumer)
  network.wire.send(dialled, Buffer.from('{"hello":1,"role":"push","sender":"mute","from":1}'))
  for (let n = 1; n <= 100_001; n++) {
    network.wire.send(dialled, Buffer.from(`{"batch":${2 * n}}\nx`))
    network.deliver(dialled.other)
    taken.pop()?.done()
  }
  network.settle()
  assert.equal(consumer.remembered, 100_000)
  assert.match(network.complaints[0]!, /too many gaps between its batches/)
})

test('bug: a consumer beside one that was stuck had its session reset after 100,000 batches, for ever', async () => {
  const network = new Network()
  const producer = createProducer(network)
  const [stuck, other] = [createConsumer(network, { window: 4096 }), createConsumer(network)]
  network.connect(producer, stuck.consumer)
  network.settle()
  offerAll(producer, 'first')
  network.settle()
  network.connect(producer, other.consumer)
  network.settle()
  let acknowledged = 0
  for (let n = 0; n < 100_100; n++) {
    producer.offer(lines(String(n)), 1, NOON).then(() => acknowledged++)
    if (n % 10 > 0) continue
    network.settle()
    for (const batch of other.taken.splice(0)) batch.done({ duplicate: 1 })
    await settled()
  }
  network.settle()
  await settled()
  assert.ok(acknowledged > 100_000, `${acknowledged}`)
  assert.ok(other.consumer.remembered < 50, `${other.consumer.remembered} are remembered`)
  assert.deepEqual(network.complaints, [])
})

test('the credit of all producers together has a bound, also over the lives of those that are started again and again', async () => {
  const network = new Network()
  const { consumer, taken } = createConsumer(network, { window: 10_240, total: 20_480 })
  for (let life = 1; life <= 10; life++) {
    const producer = createProducer(network, life)
    offerAll(producer, ...Array.from({ length: 50 }, (_, n) => `${life}/${n}`))
    const connection = network.connect(producer, consumer)
    network.settle()
    network.cut(connection)
  }
  assert.equal(taken.length, 20)
  const producer = createProducer(network, 11)
  network.connect(producer, consumer)
  offerAll(producer, 'last')
  network.settle()
  assert.equal(taken.length, 20)
  for (const batch of taken.slice(0, 5)) batch.done()
  await settled()
  network.settle()
  assert.deepEqual(texts(taken).slice(20), ['last'])
})

test('bug: an acknowledgement of many reasons was more than a peer reads', async () => {
  const network = new Network()
  const producer = createProducer(network)
  const { consumer, taken } = createConsumer(network)
  const count = 400
  offerAll(producer, ...Array.from({ length: 10 }, (_, n) => String(n)))
  let receipt: Receipt | undefined
  producer.offer(lines(...Array.from({ length: count }, String)), count, NOON).then(one => {
    receipt = one
  })
  network.connect(producer, consumer)
  network.settle()
  const reason = (n: number) => `dropped:${n} ${'x'.repeat(1400)}` as const
  for (const [n, batch] of taken.entries()) {
    if (n < 10) batch.done({ [reason(n)]: 1 })
    else batch.done(Object.fromEntries(Array.from({ length: count }, (_, n) => [reason(n), 1])))
  }
  await settled()
  network.settle()
  await settled()
  assert.deepEqual(network.complaints, [])
  assert.equal(producer.unacknowledged, 0)
  assert.deepEqual(receipt, { 'dropped:various': count })
})

test('bug: pieces of pieces lost their order', async () => {
  const network = new Network()
  const producer = createProducer(network)
  const first = createConsumer(network, { max: 4096 })
  const connection = network.connect(producer, first.consumer)
  const all = Array.from({ length: 40 }, (_, n) => `${n} ${'x'.repeat(300)}`)
  producer.offer(lines(...all), all.length, NOON)
  offerAll(producer, 'behind')
  network.settle()
  assert.ok(first.taken.length > 2)
  network.cut(connection)
  const second = createConsumer(network, { max: 1024 })
  network.connect(producer, second.consumer)
  network.settle()
  assert.deepEqual(texts(second.taken).join('\n').split('\n'), [...all, 'behind'])
})

test('bug: two that each took the other for the one who dialled said hello for ever', () => {
  const network = new Network()
  const { consumer } = createConsumer(network)
  const hello = Buffer.from('{"hello":1,"role":"push","sender":"twice","from":1}')
  const said: string[] = []
  const wrong = {
    opened() {},
    received: (end: End, frame: Buffer) => {
      said.push(frame.toString())
      if (said.length === 1) network.wire.send(end, hello)
      if (said.length < 100) network.wire.send(end, hello)
    },
    ended() {},
    tick() {},
  }
  network.connect(consumer, wrong)
  network.settle()
  assert.deepEqual(network.complaints, ['a second hello'])
  assert.equal(said.length, 2)
})

test('ten minutes after its last session, a sender is forgotten', async () => {
  const network = new Network()
  const { consumer, taken } = createConsumer(network)
  const producer = createProducer(network)
  const connection = network.connect(producer, consumer)
  network.settle()
  offerAll(producer, 'a')
  network.settle()
  taken[0]!.done()
  network.cut(connection)
  await settled()
  for (let n = 0; n < 599; n++) network.pass(1_000, consumer)
  assert.equal(consumer.remembered, 1)
  for (let n = 0; n < 3; n++) network.pass(1_000, consumer)
  assert.equal(consumer.remembered, 0)
})

test('bug: one who was let in and said hello as the sender of another one lost that one its batches', async () => {
  const network = new Network()
  const { consumer, taken } = createConsumer(network)
  const [own, forger] = [createProducer(network), createProducer(network)]
  network.connect(own, consumer, { line: 'of-web1', name: 'web1' })
  // It says that it is the same sender, has the line of the other one, and waits for nothing below 3.
  const receipts = offerAll(forger, 'f1', 'f2')
  const [, bound] = network.connect(forger, consumer, { line: 'of-web1', name: 'web2' })
  network.settle()
  for (const { done } of taken) done()
  await settled()
  network.settle()
  await settled()
  assert.equal(receipts.size, 2)
  bound.party.received(bound, Buffer.from('{"alive":true,"from":3}'))
  const kept = offerAll(own, 'a', 'b')
  network.settle()
  assert.deepEqual(texts(taken.slice(2)), ['a', 'b'])
  for (const { done } of taken.slice(2)) done({ duplicate: 1 })
  await settled()
  network.settle()
  await settled()
  assert.deepEqual([...kept.values()], [{ duplicate: 1 }, { duplicate: 1 }])
  assert.equal(consumer.peers, 2)
})

test('a producer that comes back under its name is known, also by another key of that name', async () => {
  const network = new Network()
  const { consumer, taken } = createConsumer(network)
  const producer = createProducer(network)
  const first = network.connect(producer, consumer, { name: 'web1' })
  const receipts = offerAll(producer, 'a')
  network.settle()
  network.cut(first)
  network.connect(producer, consumer, { name: 'web1' })
  network.settle()
  taken[0]!.done()
  await settled()
  network.settle()
  await settled()
  assert.deepEqual([texts(taken), receipts.size], [['a'], 1])
})
