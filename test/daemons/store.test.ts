// The store as its users meet it: its API, what it survives, and what it says.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { smallDisk } from '../support/disk.ts'
import { root, Sluice } from '../support/process.ts'

const START = Date.UTC(2026, 9, 1)

interface Entry {
  cursor: string
  time: string
  record: { '@meta': { id: string }; message: string; [field: string]: unknown }
}

/** A running store that is fed through its standard input, and questions to it. */
class Store {
  readonly daemon: Sluice

  constructor(t: TestContext, flags: readonly string[] = [], stdin: 'open' | string = 'open') {
    this.daemon = new Sluice(t, 'sluice-store', ['--http', '127.0.0.1:0', ...flags], { stdin })
  }

  async url(path: string): Promise<string> {
    return `http://127.0.0.1:${await this.daemon.port()}${path}`
  }

  async get(path: string, headers: { [name: string]: string } = {}): Promise<Response> {
    return fetch(await this.url(path), { headers })
  }

  // biome-ignore lint/suspicious/noExplicitAny: each answer has a shape of its own, which the test looks at
  async json(path: string): Promise<any> {
    return (await this.get(path)).json()
  }

  send(records: readonly object[]): void {
    this.daemon.child.stdin!.write(records.map(record => `${JSON.stringify(record)}\n`).join(''))
  }

  /** Sends records and waits until they are stored. */
  async store(records: readonly object[]): Promise<void> {
    await this.daemon.ready()
    const before = (await this.daemon.status()).stages[0]!.books.in
    this.send(records)
    await this.stored(before + records.length)
  }

  stored(count: number) {
    return this.daemon.untilStatus(`${count} stored`, ({ stages }) => {
      const { in: taken, held } = stages[0]!.books
      return taken >= count && held === 0
    })
  }

  async search(query: string): Promise<Entry[]> {
    return (await this.json(`/api/search?limit=1000&q=${encodeURIComponent(query)}`)).records
  }
}

function recordOf(n: number, fields: object = {}) {
  return {
    '@meta': { id: `id-${n}`, received: START + n },
    '@timestamp': new Date(START + n * 1000).toISOString(),
    syslog_severity: n % 2 ? 'err' : 'info',
    host: `web${n % 3}`,
    syslog_program: 'sshd',
    syslog_facility: 'auth',
    message: `Failed password number ${n}`,
    ...fields,
  }
}

const recordsOf = (count: number, first = 0) => Array.from({ length: count }, (_, n) => recordOf(first + n))

describe('sluice-store answers as docs/store-api.md says', { concurrency: true }, () => {
  const page = readFileSync(join(root, 'docs/store-api.md'), 'utf8')

  /** The example in a section. */
  const exampleOf = (section: string) => {
    const text = page.split(`## ${section}\n`)[1]!.split('\n## ')[0]!
    return JSON.parse(/```json\n([\s\S]*?)\n```/.exec(text)![1]!)
  }

  for (const path of ['search', 'histogram', 'fields', 'about']) {
    test(`/api/${path} has the members of the example`, async t => {
      const store = new Store(t)
      await store.store(recordsOf(20))
      const example = exampleOf(`/api/${path}`)
      for (const version of ['/api', '/api/v1']) {
        const response = await store.get(`${version}/${path}`)
        assert.equal(response.headers.get('sluice-api'), '1')
        const answer = (await response.json()) as { [member: string]: unknown }
        assert.deepEqual(Object.keys(answer).sort(), Object.keys(example).sort())
        for (const [member, value] of Object.entries(answer))
          if (value !== null && example[member] !== null)
            assert.equal(typeof value, typeof example[member], member)
      }
    })
  }

  test('pages are stable while records come in', async t => {
    const store = new Store(t)
    await store.store(recordsOf(250))
    const seen: string[] = []
    let next: string | null = null
    do {
      const answer: { records: Entry[]; next: string | null } = await store.json(
        `/api/search?limit=100${next ? `&before=${next}` : ''}`,
      )
      seen.push(...answer.records.map(({ record }) => record['@meta'].id))
      next = answer.next
      await store.store(recordsOf(10, 1000 + seen.length))
    } while (next)
    assert.deepEqual(
      seen,
      recordsOf(250)
        .map(record => record['@meta'].id)
        .reverse(),
    )
  })

  test('a range of time holds its start and not its end', async t => {
    const store = new Store(t)
    await store.store(recordsOf(100))
    const from = new Date(START + 10_000).toISOString()
    for (const to of [new Date(START + 20_000).toISOString(), String(START + 20_000)]) {
      const { records } = await store.json(`/api/search?from=${from}&to=${to}`)
      assert.equal(records.length, 10)
      const histogram = await store.json(`/api/histogram?from=${from}&to=${to}&buckets=10`)
      assert.deepEqual([histogram.total, histogram.severe, histogram.step], [10, 5, 1000])
    }
    const inQuery = `time>=${from} time<${new Date(START + 15_000).toISOString()}`
    assert.equal((await store.search(inQuery)).length, 5)
  })

  test('/api/fields completes values', async t => {
    const store = new Store(t)
    await store.store([...recordsOf(9), recordOf(10, { host: 'Web9', user: { name: 'alice' } })])
    const answer = await store.json('/api/fields?field=host&prefix=web')
    assert.deepEqual(answer.fields.host[0], { value: 'web0', count: 3 })
    assert.equal(answer.fields.host.length, 4)
    assert.deepEqual(answer.others, ['user.name'])
    const user = await store.json('/api/fields?field=user.name')
    assert.deepEqual(user.fields, { 'user.name': [{ value: 'alice', count: 1 }] })
  })

  for (const [path, code, details] of [
    ['/api/search?q=%22failed', 'bad-query', { parameter: 'q', position: 0, length: 7 }],
    ['/api/search?limit=0', 'bad-parameter', { parameter: 'limit' }],
    ['/api/search?limit=1001', 'bad-parameter', { parameter: 'limit' }],
    ['/api/search?limt=5', 'bad-parameter', { parameter: 'limt' }],
    ['/api/search?limit=5&limit=6', 'bad-parameter', { parameter: 'limit' }],
    ['/api/search?before=x', 'bad-parameter', { parameter: 'before' }],
    ['/api/search?from=yesterday', 'bad-parameter', { parameter: 'from' }],
    ['/api/histogram?buckets=many', 'bad-parameter', { parameter: 'buckets' }],
    ['/api/tail?q=(', 'bad-query', { parameter: 'q' }],
    ['/api/export?to=x', 'bad-parameter', { parameter: 'to' }],
  ] as const) {
    test(`${path} is ${code}`, async t => {
      const response = await new Store(t).get(path)
      assert.equal(response.status, 400)
      const { error } = (await response.json()) as { error: { code: string; message: string } }
      assert.equal(error.code, code)
      assert.ok(error.message.length > 10)
      for (const [member, value] of Object.entries(details))
        assert.equal((error as unknown as { [member: string]: unknown })[member], value)
    })
  }

  test('what is not there is 404, what is not to be done 405, as JSON', async t => {
    const store = new Store(t)
    assert.equal((await store.get('/api/nothing')).status, 404)
    const posted = await fetch(await store.url('/api/search'), { method: 'POST', body: '{}' })
    assert.equal(posted.status, 405)
    assert.equal(((await posted.json()) as { error: { code: string } }).error.code, 'method-not-allowed')
  })

  test('/api/export is all of it, oldest first, as it was stored', async t => {
    const store = new Store(t)
    const records = recordsOf(5000)
    await store.store(records)
    const response = await store.get('/api/export?q=password')
    assert.equal(response.headers.get('content-type'), 'application/x-ndjson')
    const lines = (await response.text()).split('\n')
    assert.equal(lines.pop(), '')
    assert.deepEqual(
      lines.map(line => JSON.parse(line)),
      records,
    )
  })

  test('bug: a number that no double can hold came back as another one', async t => {
    const store = new Store(t)
    await store.daemon.ready()
    const number = '{"@meta":{"id":"a"},"number":12345678901234567890,"more":1.10}'
    const tail = new Events(await store.get('/api/tail'))
    store.daemon.child.stdin!.write(`${number}\n`)
    await store.stored(1)
    const digits = /"number":12345678901234567890,"more":1\.10/
    await tail.take('record', 1)
    const last = new Events(await store.get('/api/tail?last=1'))
    await last.take('record', 1)
    for (const text of [tail.text, last.text, await (await store.get('/api/search')).text()])
      assert.match(text, digits)
    assert.match(await (await store.get('/api/export')).text(), digits)
    await Promise.all([tail.close(), last.close()])
  })
})

interface Event {
  id: string
  event: string
  // biome-ignore lint/suspicious/noExplicitAny: each has a shape of its own, which the test looks at
  data: any
}

/** Server-sent events as they come. */
class Events {
  /** All of it. */
  text = ''
  readonly #reader: ReadableStreamDefaultReader<string>
  #taken = 0

  constructor(response: Response) {
    this.#reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  }

  /** All that have come. */
  get all(): Event[] {
    return this.text
      .split('\n\n')
      .slice(0, -1)
      .map(block => Object.fromEntries(block.split('\n').map(line => line.split(/: (.*)/s).slice(0, 2))))
      .filter(({ data }) => data !== undefined)
      .map(({ data, ...rest }) => ({ ...rest, data: JSON.parse(data) }) as Event)
  }

  /** Waits for the next ones, which must have this name. */
  async take(name: string, count: number): Promise<Event[]> {
    const end = this.#taken + count
    while (this.all.length < end) {
      const { value, done } = await this.#reader.read()
      if (done) throw new Error(`the stream ended after ${this.text}`)
      this.text += value
    }
    const events = this.all.slice(this.#taken, end)
    this.#taken = end
    assert.deepEqual(
      events.map(({ event }) => event),
      events.map(() => name),
    )
    return events
  }

  /** Their ids. */
  async takeRecords(count: number): Promise<string[]> {
    return (await this.take('record', count)).map(({ data }) => (data as Entry).record['@meta'].id)
  }

  close(): Promise<void> {
    return this.#reader.cancel()
  }
}

describe('live tails', { concurrency: true }, () => {
  test('give what is stored from now on, if it matches', async t => {
    const store = new Store(t)
    await store.store(recordsOf(5))
    const tail = new Events(await store.get('/api/tail?q=severity:err'))
    await store.store(recordsOf(6, 100))
    const events = await tail.take('record', 3)
    assert.deepEqual(
      events.map(({ data }) => data.record['@meta'].id),
      ['id-101', 'id-103', 'id-105'],
    )
    const found = await store.search('number 101')
    assert.deepEqual(events[0]!.data, found[0], 'the same as a search says')
    await tail.close()
  })

  test('begin with the newest, when asked', async t => {
    const store = new Store(t)
    await store.store(recordsOf(50))
    const tail = new Events(await store.get('/api/tail?q=&last=2'))
    assert.deepEqual(await tail.takeRecords(2), ['id-48', 'id-49'])
    await store.store(recordsOf(1, 60))
    assert.deepEqual(await tail.takeRecords(1), ['id-60'])
    await tail.close()
  })

  test('go on where a connection was lost', async t => {
    const store = new Store(t)
    await store.store([])
    const tail = new Events(await store.get('/api/tail'))
    store.send(recordsOf(3))
    const [, second] = await tail.take('record', 3)
    await tail.close()
    await store.store(recordsOf(2, 10))
    const again = new Events(await store.get('/api/tail', { 'last-event-id': second!.id }))
    assert.deepEqual(await again.takeRecords(3), ['id-2', 'id-10', 'id-11'])
    await again.close()
  })

  test('bug: after a restart, what was missed was passed over in silence', async t => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const first = new Store(t, ['--path', folder])
    await first.store([])
    const tail = new Events(await first.get('/api/tail'))
    first.send(recordsOf(1))
    const [last] = await tail.take('record', 1)
    await first.daemon.stop()
    const second = new Store(t, ['--path', folder])
    await second.store(recordsOf(5, 10))
    const again = new Events(await second.get('/api/tail', { 'last-event-id': last!.id }))
    assert.deepEqual((await again.take('missed', 1))[0]!.data, { records: null })
    await second.store(recordsOf(1, 20))
    assert.deepEqual(await again.takeRecords(1), ['id-20'])
    await again.close()
  })

  test('a repeat is not shown again', async t => {
    const store = new Store(t)
    await store.store(recordsOf(1))
    const tail = new Events(await store.get('/api/tail'))
    await store.store([...recordsOf(1), recordOf(7)])
    assert.deepEqual(await tail.takeRecords(1), ['id-7'])
    await tail.close()
  })

  test('tell a client that is too slow what it has missed, and slow nobody down', async t => {
    const store = new Store(t)
    const socket = connect(await store.daemon.port(), '127.0.0.1')
    t.after(() => socket.destroy())
    socket.write('GET /api/tail HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n')
    await once(socket, 'readable')
    const large = Array.from({ length: 300 }, (_, n) =>
      recordOf(n, { message: `${n} ${'x'.repeat(100_000)}` }),
    )
    for (let n = 0; n < large.length; n += 10) await store.store(large.slice(n, n + 10))
    // Nothing was read yet, beyond what a socket takes by itself.
    assert.ok(socket.bytesRead < 2 ** 20, `${socket.bytesRead} bytes were read`)
    const { books } = (await store.daemon.status()).stages[0]!
    assert.deepEqual([books.stored, books.held], [300, 0])
    const seen = { shown: 0, missed: 0 }
    let text = ''
    for await (const piece of socket) {
      text += piece
      seen.shown = text.match(/event: record/g)?.length ?? 0
      seen.missed = Array.from(text.matchAll(/event: missed\ndata: \{"records":(\d+)\}/g)).reduce(
        (sum, [, records]) => sum + Number(records),
        0,
      )
      if (seen.shown + seen.missed === 300) break
    }
    assert.ok(seen.missed > 0)
  })
})

/** Writes a file until nothing more fits on its disk. */
function fillUp(path: string): void {
  try {
    for (;;) appendFileSync(path, Buffer.alloc(2 ** 20))
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC')
  }
}

describe('what it survives', () => {
  test('kill -9 under load loses nothing that was acknowledged, and needs no repair', async t => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
    t.after(() => rmSync(folder, { recursive: true }))
    let acknowledged = 0
    for (let life = 0; life < 5; life++) {
      const store = new Store(t, ['--path', folder, '--batch-delay', '10ms'])
      await store.daemon.ready()
      const found = (await store.json('/api/about')).records as number
      assert.ok(found >= acknowledged, `${found} of ${acknowledged} are there`)
      // Nothing of a record is there without the rest: each is found by its words as well.
      assert.equal((await store.json('/api/histogram?q=password')).total, found)
      const feed = setInterval(() => store.send(recordsOf(400, life * 1e6 + sent++ * 400)), 5)
      let sent = 0
      const status = await store.daemon.untilStatus('some stored', ({ stages }) => {
        return Number(stages[0]!.books.stored ?? 0) > 3000 + life * 1000
      })
      clearInterval(feed)
      acknowledged = found + Number(status.stages[0]!.books.stored)
      assert.equal(await store.daemon.stop('SIGKILL'), null)
    }
  })

  test('a full disk is waited for, and nothing is lost', async t => {
    const disk = smallDisk(t, 96)
    if (!disk) {
      if (process.env.SLUICE_REQUIRE === 'all') assert.fail('cannot mount a file system')
      return t.skip('cannot mount a file system')
    }
    const store = new Store(t, ['--path', join(disk, 'store')])
    await store.store(recordsOf(1000))
    fillUp(join(disk, 'ballast'))
    store.send(recordsOf(3000, 1000))
    const waiting = await store.daemon.untilStatus('waiting for room', ({ ready }) => !ready)
    assert.match(waiting.waiting.join(), /cannot write to .*: the disk is full/)
    assert.equal((await store.search('password')).length, 1000, 'what is there can still be searched')
    rmSync(join(disk, 'ballast'))
    const after = await store.stored(4000)
    assert.equal(after.ready, true)
    assert.equal((await store.json('/api/histogram?q=password')).total, 4000)
    store.daemon.child.stdin!.end()
    assert.equal(await store.daemon.exited, 0)
  })

  test('a file of it that is damaged: the others are searched, and it says so', async t => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const first = new Store(t, ['--path', folder])
    await first.store(recordsOf(10))
    await first.daemon.stop()
    writeFileSync(join(folder, '00000001.sqlite'), 'no database')
    const second = new Store(t, ['--path', folder])
    await second.store(recordsOf(5))
    const { path } = await second.daemon.log(/a partition of the store is damaged/)
    assert.equal(path, join(folder, '00000001.sqlite'))
    assert.equal((await second.search('')).length, 5)
  })
})

describe('what it is told', { concurrency: true }, () => {
  test('a second store in the same folder is refused, and the first goes on', async t => {
    const first = new Store(t)
    await first.store(recordsOf(1))
    const second = new Sluice(
      t,
      'sluice-store',
      ['--http', '127.0.0.1:0', '--path', join(first.daemon.folder, 'store')],
      { stdin: 'open' },
    )
    assert.equal(await second.exited, 70)
    assert.match(second.stderr, /--path .*store: another store is using it/)
    await first.store(recordsOf(1, 5))
  })

  test('an address that is taken is one line that names the flag', async t => {
    const first = new Store(t)
    const port = await first.daemon.port()
    const second = new Sluice(t, 'sluice-store', ['--http', `127.0.0.1:${port}`], { stdin: 'open' })
    assert.equal(await second.exited, 70)
    assert.match(second.stderr, /--http 127.0.0.1:\d+: /)
  })

  test('an address for others needs a token', async t => {
    const store = new Sluice(t, 'sluice-store', ['--http', ':8514'])
    assert.equal(await store.exited, 64)
    assert.match(store.stderr, /--http-token-file/)
  })

  test('a folder that cannot be made is one line that names it', async t => {
    const store = new Sluice(t, 'sluice-store', ['--http', '127.0.0.1:0', '--path', '/dev/null/store'], {
      stdin: 'open',
    })
    assert.equal(await store.exited, 70)
    assert.match(store.stderr, /--path \/dev\/null\/store: .*ENOTDIR/)
  })
})

describe('records of any kind', () => {
  test('are stored whole and found', async t => {
    const store = new Store(t)
    const hostile = [
      '<script>alert(1)</script>',
      'left \u202eright\u202c',
      'nul \u0000 bell \u0007 escape \u001b[31m',
      'private \ue000 \ue0001 \ue001',
      '"quotes" \'and\' OR AND NOT * ^ ( ) { } :',
      'emoji 👩‍👩‍👧 and ​ zero width',
      '',
    ]
    const records = hostile.map((message, n) => recordOf(n, { message }))
    records.push(
      recordOf(100, { message: 'x'.repeat(900_000) }),
      recordOf(101, { deep: JSON.parse(`${'{"a":'.repeat(200)}1${'}'.repeat(200)}`) }),
      recordOf(102, { '@timestamp': 'no time', message: 'timeless' }),
      recordOf(103, { '@timestamp': '9999-12-31T23:59:59Z', message: 'far away' }),
      recordOf(104, { '@timestamp': '1901-01-01T00:00:00Z', message: 'long ago' }),
      recordOf(105, { host: ['web1', 'web2'], syslog_severity: 3, syslog_program: { not: 'a word' } }),
      recordOf(106, { host: 'h'.repeat(5000), syslog_program: '' }),
      recordOf(107, { message: { not: ['a', 'text'] }, number: 12345678901234 }),
    )
    await store.store(records)
    const all = await store.search('')
    const byId = new Map(all.map(({ record }) => [record['@meta'].id, record]))
    for (const record of records) assert.deepEqual(byId.get(record['@meta'].id), record)
    const idsOf = async (query: string) => (await store.search(query)).map(({ record }) => record['@meta'].id)
    assert.deepEqual(await idsOf('script alert'), ['id-0'])
    assert.deepEqual(await idsOf('timeless'), ['id-102'])
    assert.deepEqual(await idsOf('host:web2 severity:err number 105'), ['id-105'])
    assert.deepEqual(await idsOf(`host:${'h'.repeat(5000)}`), ['id-106'])
    assert.deepEqual(await idsOf('number:12345678901234'), ['id-107'])
    assert.equal(all[0]!.record['@meta'].id, 'id-107', 'a time far in the future is not believed')
  })
})
