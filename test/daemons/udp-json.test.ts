import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { hash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { encode } from '@msgpack/msgpack'
import { bindUdp, linux } from '../support/handed.ts'
import { root, Sluice } from '../support/process.ts'
import { raiseReceiveBuffer, sendDatagrams } from '../support/udp.ts'

const EVENT = {
  type: 'pageview',
  time: '2026-11-23T04:14:05.123Z',
  app: 'shop',
  data: { account: 'acme', tz: { name: 'Europe/Berlin', offsets: [1, 2.5, null] } },
}

function start(t: TestContext, ...args: string[]): Sluice {
  return new Sluice(t, 'sluice-udp-json', ['--listen', '127.0.0.1:0', ...args])
}

function deadLetters(run: Sluice): { [key: string]: unknown; '@meta': { [key: string]: unknown } }[] {
  const path = join(run.folder, 'udp-json.dead.ndjson')
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line))
}

describe('sluice-udp-json', { concurrency: true }, () => {
  test('an event goes on as it came, with id, time of reception and peer in front', async t => {
    const run = start(t)
    const [from] = await sendDatagrams(await run.port(), [JSON.stringify(EVENT)])
    const [record] = await run.records(1)
    const { '@meta': meta, ...event } = record as { '@meta': { [key: string]: unknown } }
    assert.deepEqual(event, EVENT)
    assert.equal(Object.keys(record!)[0], '@meta')
    assert.deepEqual(Object.keys(meta), ['id', 'received', 'peer'])
    assert.equal(meta.peer, `127.0.0.1:${from}`)
  })

  test('JSON and MessagePack side by side, the first of either kind too', async t => {
    const run = start(t)
    await sendDatagrams(await run.port(), [
      Buffer.from(encode({ n: 0 })),
      '{"n":1}\n{"n":2,"big":12345678901234567890}',
      Buffer.from(encode([{ n: 3 }, { n: 4 }])),
      '[{"n":5},{"n":6,"@meta":{"id":"stolen"}}]',
    ])
    const records = await run.records(7)
    assert.deepEqual(records.map(({ n }) => n).toSorted(), [0, 1, 2, 3, 4, 5, 6])
    assert.match(run.stdout, /"big":12345678901234567890/)
    const stranger = records.find(({ n }) => n === 6)!
    assert.deepEqual(stranger._meta, { id: 'stolen' })
    assert.equal(new Set(records.map(one => (one['@meta'] as { id: string }).id)).size, 7)
    const { stages } = await run.status()
    assert.equal(stages[0]!.counters.strangersMeta, 1)
  })

  test('what is no event is a dead letter with its bytes, and the lines beside it go on', async t => {
    const run = start(t, '--name', 'udp-json')
    const bad: [reason: string, payload: Buffer][] = [
      ['not-json', Buffer.from('hello, nobody \u00e4\u20ac\n')],
      ['not-utf8', Buffer.from('{"caf\u00e9":1}', 'latin1')],
      ['not-object', Buffer.from('[1,2]')],
      ['not-msgpack', Buffer.from(encode(EVENT)).subarray(0, 20)],
      ['not-json', Buffer.from('['.repeat(65_507))],
    ]
    await sendDatagrams(await run.port(), [
      ...bad.map(([, payload]) => payload),
      '{"n":1}\nbad line\n{"n":2}',
      '',
      ' \n',
    ])
    const status = await run.untilStatus('six dead letters', ({ stages }) => {
      const { books, counters } = stages[0]!
      return books.dead === 6 && counters.empty === 2 && books.held === 0
    })
    assert.deepEqual(
      (await run.records(2)).map(({ n }) => n),
      [1, 2],
    )
    const { books, counters } = status.stages[0]!
    assert.deepEqual([books.in, books.balanced, counters.notEvents], [8, true, 6])
    const letters = deadLetters(run).map(letter => {
      const { bytes, dead } = letter['@meta'] as { bytes?: string; dead: { reason: string } }
      const { message } = letter as unknown as { message: string }
      return [dead.reason, bytes === undefined ? Buffer.from(message) : Buffer.from(bytes, 'base64')]
    })
    const expected = [...bad, ['not-json', Buffer.from('bad line')]]
    // The first MessagePack waits for its decoder.
    const order = (list: unknown[]) =>
      (list as [string, Buffer][]).map(([reason, bytes]) => `${reason} ${hash('sha256', bytes)}`).toSorted()
    assert.deepEqual(order(letters), order(expected))
  })

  test('the largest datagram: one event, or tens of thousands', async t => {
    await raiseReceiveBuffer()
    const run = start(t)
    const head = '{"type":"large","text":"'
    const large = `${head}${'x'.repeat(65_507 - head.length - 2)}"}`
    const many = '{}\n'.repeat(21_835)
    await sendDatagrams(await run.port(), [large, many])
    const records = await run.records(21_836)
    assert.equal((records[0]!.text as string).length, 65_507 - head.length - 2)
    assert.equal(records.length, 21_836)
  })

  test('10,000 events: each of them is there, once', async t => {
    await raiseReceiveBuffer()
    const run = start(t)
    const port = await run.port()
    for (let sent = 0; sent < 10_000; sent += 500) {
      await sendDatagrams(
        port,
        Array.from({ length: 500 }, (_, n) => JSON.stringify({ n: sent + n })),
      )
      await run.untilStatus(`${sent + 500} events`, ({ stages }) => stages[0]!.books.in === sent + 500)
    }
    const numbers = (await run.records(10_000)).map(({ n }) => n as number)
    assert.deepEqual(
      numbers.toSorted((a, b) => a - b),
      Array.from({ length: 10_000 }, (_, n) => n),
    )
  })

  test('kill -9 loses nothing that the spool has accepted', async t => {
    const flags = ['--name', 'events', '--spool', '.']
    const first = start(t, ...flags, '--push-connect', 'ack+tcp://127.0.0.1:1')
    const port = await first.port()
    await sendDatagrams(
      port,
      Array.from({ length: 1000 }, (_, n) => `{"n":${n}}`),
    )
    await first.untilStatus('1,000 in the spool', ({ stages }) => {
      const { books } = stages[0]!
      return books.spooled === 1000
    })
    await first.stop('SIGKILL')
    const second = new Sluice(
      t,
      'sluice-udp-json',
      ['--listen', '127.0.0.1:0', ...flags, '--push-connect', '-'],
      {
        cwd: first.folder,
      },
    )
    const numbers = (await second.records(1000)).map(({ n }) => n)
    assert.deepEqual(new Set(numbers).size, 1000)
  })

  test('without room for dead letters, what is bad is counted, and what is good goes on', async t => {
    const run = start(t, '--buffer', '1KiB', '--dead-letters', 'file:///proc/none/dead')
    const port = await run.port()
    await sendDatagrams(
      port,
      Array.from({ length: 100 }, () => 'bad '.repeat(50)),
    )
    const status = await run.untilStatus(
      '100 bad ones',
      ({ stages }) => stages[0]!.counters.notEvents === 100,
    )
    const { books, counters } = status.stages[0]!
    assert.ok(counters.lost! > 50 && counters.lost! < 100, `${counters.lost}`)
    assert.deepEqual(
      [books.in, books.held, books.balanced],
      [100 - counters.lost!, 100 - counters.lost!, true],
    )
    await sendDatagrams(port, ['{"good":1}'])
    assert.equal((await run.records(1))[0]!.good, 1)
  })

  test('takes what waits in a socket of systemd', { skip: !linux && 'no koffi here' }, async t => {
    const { fd, port } = await bindUdp(t)
    await sendDatagrams(port, ['{"n":1}', Buffer.from(encode({ n: 2 }))])
    const run = new Sluice(t, 'sluice-udp-json', ['--listen', 'systemd'], {
      sockets: [{ fd, name: 'listen' }],
    })
    const records = await run.records(2)
    assert.deepEqual(
      records.map(({ n }) => n),
      [1, 2],
    )
  })

  test('junk of any kind ends nothing, and the books have all of it', async t => {
    await raiseReceiveBuffer()
    const run = start(t)
    const port = await run.port()
    // The same in each run of the test.
    const noise = (n: number) => Buffer.from(hash('sha512', `junk ${n}`, 'buffer')).subarray(0, 1 + (n % 64))
    const heads = [
      Buffer.from('{"a":'),
      Buffer.from([0x81, 0xa1, 0x61]),
      Buffer.from([0x93]),
      Buffer.from('[{}\n{}\n'),
      Buffer.alloc(0),
    ]
    for (let sent = 0; sent < 2000; sent += 100) {
      const some = Array.from({ length: 100 }, (_, n) => Buffer.concat([heads[n % 5]!, noise(sent + n)]))
      await sendDatagrams(port, [...some, `{"end":${sent}}`])
      await run.until(`the end of ${sent}`, ({ stdout }) => stdout.includes(`"end":${sent}}`))
    }
    const { stages } = await run.untilStatus('all dead letters', ({ stages }) => stages[0]!.books.held === 0)
    const { books, counters } = stages[0]!
    assert.equal(books.balanced, true)
    assert.equal(books.dead, counters.notEvents)
    assert.ok(books.in >= 2020, `${books.in}`)
    assert.equal(await run.stop(), 0)
  })

  test('docs/udp-json.md: what it shows is what arrives', async t => {
    const run = start(t)
    const port = await run.port()
    const page = readFileSync(join(root, 'docs/udp-json.md'), 'utf8')
    const blocks = [...page.matchAll(/<!-- run: (\S+) -->\n```\w+\n([\s\S]*?)```/g)]
    assert.deepEqual(
      blocks.map(([, program]) => program),
      ['bash', 'python3', 'node'],
    )
    for (const [, program, code] of blocks) {
      const flag = program === 'node' ? '-e' : '-c'
      const child = spawn(program!, [flag, code!.replaceAll('5170', `${port}`)], { stdio: 'inherit' })
      assert.deepEqual(await once(child, 'exit'), [0, null])
    }
    const records = await run.records(3)
    assert.deepEqual(
      records.map(({ type }) => type),
      ['deploy', 'pageview', 'pageview'],
    )
    assert.deepEqual(records[0]!.data, { version: '1.2' })
    assert.deepEqual(records[2]!.data, { account: 'acme' })
  })
})
