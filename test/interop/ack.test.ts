// The acknowledged pipe and programs that share none of our code: those that docs/protocol.md shows.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { orSkip } from '../servers/available.ts'
import { pythonWithZmq } from '../servers/python.ts'
import { freePort } from '../support/port.ts'
import { root, Sluice } from '../support/process.ts'
import { numbered, numbersIn, startScript, upTo } from './support.ts'

const COUNT = 4000
const HALF = COUNT / 2

const other = { bind: 'connect', connect: 'bind' } as const
type Way = keyof typeof other

const programs = examplesIn(readFileSync(join(root, 'docs/protocol.md'), 'utf8'))

function examplesIn(page: string): { producer: string; consumer: string } {
  const examples = page.slice(page.indexOf('\n## A producer and a consumer\n'))
  const [producer, consumer] = [...examples.matchAll(/```python\n([\s\S]*?)```/g)].map(([, code]) => code!)
  return { producer: producer!, consumer: consumer! }
}

/** One of the page's programs, as somebody who copied it would start it. */
class Example extends Sluice {
  constructor(t: TestContext, python: string, which: keyof typeof programs, way: Way, endpoint: string) {
    const code = programs[which]
    super(t, python, ['-c', code, way, endpoint], { stdin: which === 'producer' ? 'open' : 'ignore' })
    this.exited.then(code => {
      if (code) t.diagnostic(this.stderr)
    })
  }

  /** What it has printed, a line each. */
  get lines(): string[] {
    return this.stdout.split('\n').slice(0, -1)
  }

  feed(lines: readonly string[]): void {
    this.child.stdin!.write(lines.map(line => `${line}\n`).join(''))
  }

  end(lines: readonly string[] = []): void {
    this.feed(lines)
    this.child.stdin!.end()
  }
}

interface Settled {
  batch: number
  line: number
  records: number
  receipt: { [outcome: string]: number }
}

const settled = ({ lines }: Example): Settled[] => lines.map(line => JSON.parse(line))

/** What became of all its records. */
function receiptOf(producer: Example): { [outcome: string]: number } {
  const sum: { [outcome: string]: number } = {}
  for (const { receipt } of settled(producer)) {
    for (const [outcome, count] of Object.entries(receipt)) sum[outcome] = (sum[outcome] ?? 0) + count
  }
  return sum
}

/** The indexes of the lines of its input that were acknowledged to it. */
function acknowledged(producer: Example): number[] {
  return settled(producer).flatMap(({ line, records }) =>
    Array.from({ length: records }, (_, n) => line - 1 + n),
  )
}

/** Each number is there; where it is there more than once, it is so under one id. */
function assertAllThere(printed: readonly { id: string; message: unknown }[], count: number): void {
  const ids = new Map<number, Set<string>>()
  for (const { id, message } of printed) {
    const [number = -1] = numbersIn([message])
    ids.set(number, (ids.get(number) ?? new Set()).add(id))
  }
  assert.deepEqual(
    [...ids.keys()].sort((a, b) => a - b),
    upTo(count),
  )
  for (const [number, its] of ids) assert.equal(its.size, 1, `number ${number}: ${[...its]}`)
}

async function endpointOf(transport: 'tcp' | 'ipc', { folder }: { folder: string }): Promise<string> {
  return transport === 'tcp' ? `ack+tcp://127.0.0.1:${await freePort()}` : `ack+ipc://${folder}/pipe`
}

/** What is in a file; a line that the kill of its writer has torn is nobody's record. */
function recordsIn(path: string): { id: string; message: unknown }[] {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  const whole = lines.filter(line => line.endsWith('}'))
  assert.ok(whole.length >= lines.length - 1, 'more than one line is torn')
  return whole.map(line => {
    const { '@meta': meta, message } = JSON.parse(line)
    return { id: meta.id, message }
  })
}

describe('programs in Python and the acknowledged pipe', { concurrency: 2 }, () => {
  for (const transport of ['tcp', 'ipc'] as const) {
    for (const way of ['bind', 'connect'] as const) {
      test(`producer.py -> sluice --pull-${way} --push-${way} -> consumer.py, over ${transport}`, async t => {
        const python = await orSkip(t, pythonWithZmq)
        if (!python) return
        const folder = new Sluice(t, 'sluice', ['--version'])
        const from = await endpointOf(transport, folder)
        const to = transport === 'tcp' ? await endpointOf('tcp', folder) : `${from}-2`
        const args = [`--pull-${way}`, from, `--push-${way}`, to]
        const filter = new Sluice(t, 'sluice-syslog-json', args)
        const consumer = new Example(t, python, 'consumer', other[way], to)
        const producer = new Example(t, python, 'producer', other[way], from)
        producer.end(numbered(0, COUNT))
        assert.equal(await producer.exited, 0, producer.stderr)
        // Each receipt comes from the far end, so all is there by now.
        await consumer.until('all records', ({ lines }) => lines.length >= COUNT)
        const printed = consumer.lines.map(line => JSON.parse(line))
        assert.deepEqual(numbersIn(printed.map(({ message }) => message)), upTo(COUNT))
        const ids = printed.map(({ id }) => id as string)
        assert.equal(new Set(ids).size, COUNT)
        const [sender] = ids[0]!.split('.')
        const places = settled(producer)
          .sort((a, b) => a.batch - b.batch)
          .flatMap(({ batch, records }) => upTo(records).map(place => `${sender}.${batch}.${place}`))
        assert.deepEqual(ids, places)
        assert.deepEqual(receiptOf(producer), { sent: COUNT })
        assert.deepEqual(
          acknowledged(producer).sort((a, b) => a - b),
          upTo(COUNT),
        )
        const { books } = (await filter.status()).stages[0]!
        assert.deepEqual([books.in, books.held, books.balanced], [COUNT, 0, true])
        assert.equal(await filter.stop(), 0)
        assert.equal(await consumer.stop(), 0)
      })
    }
  }

  test('producer.py hears of what is stored and of what is a dead letter', async t => {
    const python = await orSkip(t, pythonWithZmq)
    if (!python) return
    const endpoint = await endpointOf('tcp', { folder: '' })
    const producer = new Example(t, python, 'producer', 'connect', endpoint)
    const filter = new Sluice(t, 'sluice-syslog-json', [
      ...['--pull-bind', endpoint, '--push-connect', `file://${producer.folder}/out.ndjson`],
      ...['--max-record', '4KiB', '--name', 'sizes'],
    ])
    producer.end([...numbered(0, 100), 'x'.repeat(5000), ...numbered(100, 200)])
    assert.equal(await producer.exited, 0, producer.stderr)
    assert.deepEqual(receiptOf(producer), { stored: 200, dead: 1 })
    const dead = JSON.parse(readFileSync(join(filter.folder, 'sizes.dead.ndjson'), 'utf8'))
    assert.equal(dead['@meta'].dead.reason, 'oversize')
    assert.equal(await filter.stop(), 0)
  })

  test('producer.py cuts at what the consumer takes, puts aside what does not fit, and leaves at SIGTERM', async t => {
    const python = await orSkip(t, pythonWithZmq)
    if (!python) return
    const endpoint = await endpointOf('tcp', { folder: '' })
    const small = programs.consumer.replace("'max': 8 << 20", "'max': 2048")
    assert.notEqual(small, programs.consumer)
    const consumer = new Sluice(t, python, ['-c', small, 'bind', endpoint])
    const producer = new Example(t, python, 'producer', 'connect', endpoint)
    producer.feed([...numbered(0, 500), 'x'.repeat(3000), ...numbered(500, 1000)])
    await producer.until('all receipts', it => acknowledged(it).length === 1001)
    assert.equal(await producer.stop(), 0, producer.stderr)
    assert.equal(await consumer.stop(), 0, consumer.stderr)
    assert.deepEqual(receiptOf(producer), { sent: 1000, dead: 1 })
    const messages = consumer.stdout
      .split('\n')
      .slice(0, -1)
      .map(line => JSON.parse(line).message)
    assert.deepEqual(
      numbersIn(messages).sort((a, b) => a - b),
      upTo(1000),
    )
    const aside = JSON.parse(readFileSync(join(producer.folder, 'undeliverable.ndjson'), 'utf8'))
    assert.equal(aside.message.length, 3000)
  })

  for (const way of ['bind', 'connect'] as const) {
    test(`killed in the middle, sluice --pull-${way}: what it had is sent again, under the same ids`, async t => {
      const python = await orSkip(t, pythonWithZmq)
      if (!python) return
      const endpoint = await endpointOf('tcp', { folder: '' })
      const producer = new Example(t, python, 'producer', other[way], endpoint)
      const path = join(producer.folder, 'out.ndjson')
      const args = [`--pull-${way}`, endpoint, '--push-connect', `file://${path}`]
      const first = new Sluice(t, 'sluice-syslog-json', args)
      producer.feed(numbered(0, HALF))
      await producer.until('the first receipt', ({ lines }) => lines.length > 0)
      producer.feed(numbered(HALF, COUNT - 1))
      await first.stop('SIGKILL')
      producer.end(numbered(COUNT - 1, COUNT))
      const second = new Sluice(t, 'sluice-syslog-json', args)
      assert.equal(await producer.exited, 0, producer.stderr)
      assert.deepEqual(receiptOf(producer), { stored: COUNT })
      assertAllThere(recordsIn(path), COUNT)
      assert.equal(await second.stop(), 0)
    })

    test(`killed in the middle, producer.py (${way}): what was acknowledged is there, the rest is given again`, async t => {
      const python = await orSkip(t, pythonWithZmq)
      if (!python) return
      const endpoint = await endpointOf('tcp', { folder: '' })
      const first = new Example(t, python, 'producer', way, endpoint)
      const path = join(first.folder, 'out.ndjson')
      const args = [`--pull-${other[way]}`, endpoint, '--push-connect', `file://${path}`]
      const filter = new Sluice(t, 'sluice-syslog-json', args)
      const messages = numbered(0, COUNT)
      first.feed(messages)
      await first.until('the first receipt', ({ lines }) => lines.length > 0)
      await first.stop('SIGKILL')
      const known = new Set(acknowledged(first))
      const there = new Set(numbersIn(recordsIn(path).map(({ message }) => message)))
      for (const number of known) assert.ok(there.has(number), `number ${number}`)
      const second = new Example(t, python, 'producer', way, endpoint)
      second.end(messages.filter((_, number) => !known.has(number)))
      assert.equal(await second.exited, 0, second.stderr)
      const numbers = numbersIn(recordsIn(path).map(({ message }) => message))
      assert.deepEqual(
        [...new Set(numbers)].sort((a, b) => a - b),
        upTo(COUNT),
      )
      // What was acknowledged is there once.
      const times = new Map<number, number>()
      for (const number of numbers) times.set(number, (times.get(number) ?? 0) + 1)
      for (const number of known) assert.equal(times.get(number), 1, `number ${number}`)
      assert.equal(await filter.stop(), 0)
    })

    test(`a chain that ends in consumer.py (${way}): it leaves, it is killed, and so is Sluice`, async t => {
      const python = await orSkip(t, pythonWithZmq)
      if (!python) return
      const from = await endpointOf('tcp', { folder: '' })
      const to = await endpointOf('tcp', { folder: '' })
      const args = ['--pull-connect', from, `--push-${other[way]}`, to]
      const producer = new Example(t, python, 'producer', 'bind', from)
      let filter = new Sluice(t, 'sluice-syslog-json', args)
      const consumers = [new Example(t, python, 'consumer', way, to)]
      const QUARTER = COUNT / 4
      const printed = () => consumers.flatMap(({ lines }) => lines.map(line => JSON.parse(line)))
      const beyond = (number: number) => () =>
        numbersIn(printed().map(({ message }) => message)).some(n => n > number)

      producer.feed(numbered(0, QUARTER))
      await consumers[0]!.until('the first records', beyond(0))
      producer.feed(numbered(QUARTER, 2 * QUARTER))
      assert.equal(await consumers[0]!.stop(), 0)
      consumers.push(new Example(t, python, 'consumer', way, to))
      await consumers[1]!.until('the first half', beyond(2 * QUARTER - 2))
      // It left in good order: nothing came twice.
      assert.deepEqual(
        numbersIn(printed().map(({ message }) => message)).sort((a, b) => a - b),
        upTo(2 * QUARTER),
      )

      producer.feed(numbered(2 * QUARTER, 3 * QUARTER))
      await consumers[1]!.until('records of the third quarter', beyond(2 * QUARTER))
      await consumers[1]!.stop('SIGKILL')
      consumers.push(new Example(t, python, 'consumer', way, to))

      producer.feed(numbered(3 * QUARTER, COUNT - 1))
      await consumers[2]!.until('records of the fourth quarter', beyond(3 * QUARTER))
      await filter.stop('SIGKILL')
      filter = new Sluice(t, 'sluice-syslog-json', args)
      producer.end(numbered(COUNT - 1, COUNT))
      assert.equal(await producer.exited, 0, producer.stderr)
      assert.deepEqual(receiptOf(producer), { sent: COUNT })
      await consumers[2]!.until('the last record', beyond(COUNT - 2))
      assertAllThere(printed(), COUNT)
      assert.equal(await filter.stop(), 0)
      assert.equal(await consumers[2]!.stop(), 0)
    })
  }

  test('acknowledgements late, in odd order, twice, and of what nobody sent; a small window and small frames', async t => {
    const python = await orSkip(t, pythonWithZmq)
    if (!python) return
    const input = `${numbered(0, COUNT).join('\n')}\n`
    const filter = new Sluice(
      t,
      'sluice-syslog-json',
      ['--push-bind', 'ack+tcp://127.0.0.1:*', '--name', 'odd'],
      { stdin: input },
    )
    const { endpoints } = await filter.ready()
    const consumer = startScript(t, python, 'ack-odd.py', [
      endpoints!.find(at => at.startsWith('ack+'))!,
      String(COUNT),
    ])
    assert.equal(await consumer.exited, 0, consumer.stderr)
    assert.equal(await filter.exited, 0, filter.stderr)
    const seen = JSON.parse(consumer.stdout)
    assert.deepEqual(
      numbersIn(seen.messages).sort((a, b) => a - b),
      upTo(COUNT),
    )
    assert.equal(seen.sessions, 2)
    assert.equal(new Set(seen.senders).size, 1)
    // Only what the first session left, and it came as it was.
    assert.ok(seen.again.length >= 3, seen.again)
    assert.equal(seen.same, true)
    assert.ok(seen.largest <= 8192, seen.largest)
    assert.ok(seen.most <= 40_960, seen.most)
  })
})
