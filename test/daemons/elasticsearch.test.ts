import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { countCreated } from '../../src/daemons/elasticsearch/created.ts'
import { FILTER } from '../../src/daemons/elasticsearch/server.ts'
import { orSkip } from '../servers/available.ts'
import { startElasticsearch } from '../servers/elasticsearch.ts'
import { startOpenSearch } from '../servers/opensearch.ts'
import type { Server } from '../servers/support.ts'
import { BulkStub } from '../support/bulk-stub.ts'
import { count, documents, refresh, valuesOf } from '../support/elasticsearch.ts'
import { freePort } from '../support/port.ts'
import { Sluice } from '../support/process.ts'

/** NDJSON of `records`, each with an id of its own unless it brings one. */
function ndjson(records: readonly object[]): string {
  return records
    .map(
      (record, n) =>
        `${JSON.stringify({ '@meta': { id: `id-${n}`, received: 1_790_000_000_000 }, ...record })}\n`,
    )
    .join('')
}

function start(t: TestContext, url: string, input: string | Buffer, ...args: string[]): Sluice {
  return new Sluice(
    t,
    'sluice-elasticsearch',
    ['--node', url, '--batch-delay', '20ms', '--name', 'sink', ...args],
    { stdin: input },
  )
}

function deadLetters(run: Sluice): { '@meta': { id: string; dead: { reason: string; detail: string } } }[] {
  return readFileSync(join(run.folder, 'sink.dead.ndjson'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line))
}

const SERVERS: { readonly [name: string]: () => Promise<Server> } = {
  'Elasticsearch 8.19': () => startElasticsearch('8.19.0'),
  'Elasticsearch 9.2': () => startElasticsearch('9.2.0'),
  'OpenSearch 3': startOpenSearch,
}

for (const [name, startServer] of Object.entries(SERVERS)) {
  test(`sluice-elasticsearch with ${name}`, async t => {
    const server = await orSkip(t, startServer)
    if (!server) return
    t.after(() => server.stop())
    const { url } = server

    await t.test('each record is one document under its id, and a repeat changes nothing', async t => {
      const input = ndjson(Array.from({ length: 2000 }, (_, n) => ({ message: `number ${n}` })))
      for (const round of ['first', 'repeated'] as const) {
        const run = start(t, url, input, '--index', 'once')
        assert.equal(await run.exited, 0, run.stderr)
        assert.equal(await count(url, 'once'), 2000, round)
      }
      const [document] = await documents(url, 'once', 'id-7')
      assert.deepEqual(document, {
        '@meta': { id: 'id-7', received: 1_790_000_000_000 },
        message: 'number 7',
      })
    })

    await t.test("a day's index is that of the event, else of its reception", async t => {
      const input = ndjson([
        { '@timestamp': '2026-02-28T23:59:59.999999Z', message: 'a' },
        { '@timestamp': '2026-03-01T00:30:00+02:00', message: 'b' },
        { message: 'c' },
      ])
      const run = start(t, url, input, '--index', 'daily-%Y.%m.%d')
      assert.equal(await run.exited, 0, run.stderr)
      assert.equal(await count(url, 'daily-2026.02.28'), 2)
      assert.equal(await count(url, 'daily-2026.09.21'), 1)
    })

    await t.test(
      'the template maps what the suite writes; --meta drop leaves only the original bytes',
      async t => {
        const line = ndjson([
          {
            '@timestamp': '2026-01-01T00:00:00Z',
            message: 'text',
            syslog_priority: 13,
            structured_data: { a: { b: 'c' } },
          },
        ])
        const run = start(t, url, line, '--index', 'mapped', '--meta', 'drop')
        assert.equal(await run.exited, 0, run.stderr)
        await refresh(url, 'mapped')
        const mapping = (await (await fetch(`${url}/mapped/_mapping`)).json()) as {
          mapped: { mappings: { properties: Properties } }
        }
        const { properties } = mapping.mapped.mappings
        assert.equal(properties['@timestamp']!.type, 'date')
        assert.equal(properties['@meta']!.properties!.received!.type, 'date')
        assert.equal(properties.message!.type, 'text')
        assert.match(properties.structured_data!.type!, /^(flattened|flat_object)$/)
        assert.equal('@meta' in (await documents(url, 'mapped', 'id-0'))[0]!, false)
      },
    )

    await t.test(
      'what the mapping refuses is a dead letter with the reason, and the rest is stored',
      async t => {
        const records = Array.from({ length: 100 }, (_, n) => ({
          '@timestamp': n % 10 === 3 ? 'yesterday' : '2026-01-01T00:00:00Z',
          message: `${n}`,
        }))
        const run = start(t, url, ndjson(records), '--index', 'poison')
        assert.equal(await run.exited, 0, run.stderr)
        assert.equal(await count(url, 'poison'), 90)
        const dead = deadLetters(run)
        assert.deepEqual(
          dead.map(letter => letter['@meta'].id).sort(),
          records.flatMap((_, n) => (n % 10 === 3 ? [`id-${n}`] : [])).sort(),
        )
        assert.match(dead[0]!['@meta'].dead.reason, /^(document|mapper)_parsing_exception$/)
        assert.match(dead[0]!['@meta'].dead.detail, /yesterday/)
      },
    )

    await t.test('a line that only looks like a record goes as what it is', async t => {
      const lines = [
        '{"@meta":{"id":"good"},"n":1}',
        '{"@meta":{"id":"torn"},"message":"cut of',
        '{"@meta":{"id":"latin1"},"message":"caf\u00e9"}',
        '{"@meta":{"id":"strange","received":"never"},"message":"strange"}',
        '{"@meta":{"id":"twice"},"n":1,"n":2}',
        '{"@meta":{"id":"trailing"}} more',
      ]
      const run = start(t, url, Buffer.from(`${lines.join('\n')}\n`, 'latin1'), '--index', 'seeming')
      assert.equal(await run.exited, 0, run.stderr)
      assert.equal(await count(url, 'seeming'), lines.length)
      const [good, twice, ...others] = await documents(
        url,
        'seeming',
        'good',
        'twice',
        'torn',
        'latin1',
        'strange',
      )
      assert.deepEqual([good!.n, twice!.n], [1, 2])
      assert.deepEqual(others, [null, null, null], 'these ids are not honoured')
      const messages = (await valuesOf(url, 'seeming', 'message')).filter(Boolean).sort()
      assert.deepEqual(
        messages,
        ['strange', lines[2]!.replace('\u00e9', '\ufffd'), lines[1], lines[5]].sort(),
      )
    })

    await t.test('an answer that says "created" of all is known without being read', async () => {
      const body = [1, 2, 3].map(n => `{"create":{"_index":"answers","_id":"${n}"}}\n{"n":${n}}\n`).join('')
      const ask = async () => {
        const answer = await fetch(`${url}/_bulk?filter_path=${FILTER}`, {
          method: 'POST',
          headers: { 'content-type': 'application/x-ndjson' },
          body,
        })
        return countCreated(await answer.text())
      }
      assert.deepEqual([await ask(), await ask()], [3, 0])
    })

    await t.test('--data-stream', async t => {
      const input = ndjson([{ '@timestamp': '2026-01-01T00:00:00Z', message: 'a' }])
      for (const _ of ['first', 'repeated']) {
        const run = start(t, url, input, '--index', 'events-app', '--data-stream')
        assert.equal(await run.exited, 0, run.stderr)
      }
      assert.equal(await count(url, 'events-app'), 1)
      const found = (await (await fetch(`${url}/events-app/_search`)).json()) as Found
      assert.match(found.hits.hits[0]!._index, /^\.ds-events-app-/)
    })
  })
}

interface Found {
  hits: { hits: { _index: string }[] }
}

interface Properties {
  [field: string]: { type?: string; properties?: Properties }
}

describe('sluice-elasticsearch and what a server may answer', { concurrency: true }, () => {
  const hundred = ndjson(Array.from({ length: 100 }, (_, n) => ({ message: `${n}` })))
  const ids = Array.from({ length: 100 }, (_, n) => `id-${n}`)

  /** Runs the daemon against a server that answers by script, and gives back what the server holds at the end. */
  async function against(
    t: TestContext,
    script: ConstructorParameters<typeof BulkStub>[0],
    input = hundred,
    ...args: string[]
  ) {
    const stub = new BulkStub(script)
    const url = await stub.listen()
    t.after(() => stub.close())
    const run = start(t, url, input, '--template', 'off', ...args)
    return { stub, run, url }
  }

  test('429 and 5xx of an item: only these again, until they are in', async t => {
    let calls = 0
    const { stub, run } = await against(t, {
      item: id =>
        Number(id.slice(3)) % 3 === 0 && calls < 3
          ? { status: calls % 2 ? 429 : 503, error: { type: 'busy', reason: 'later' } }
          : undefined,
      request: () => void calls++,
    })
    assert.equal(await run.exited, 0, run.stderr)
    assert.deepEqual([...stub.stored.keys()].sort(), [...ids].sort())
    assert.deepEqual(stub.sizes, [100, 34, 34])
  })

  test('a whole 503, then 429: the same ids again', async t => {
    let calls = 0
    const { stub, run } = await against(t, { request: () => [503, 429, undefined][calls++] })
    assert.equal(await run.exited, 0, run.stderr)
    assert.deepEqual(stub.sizes, [100, 100, 100])
    assert.equal(stub.stored.size, 100)
  })

  test('the answer is lost or torn after everything was stored: the same ids again, counted as duplicates', async t => {
    let calls = 0
    const { stub, run } = await against(
      t,
      { after: () => (['hang-up', 'torn', undefined] as const)[calls++] },
      'open',
    )
    run.child.stdin!.write(hundred)
    const { stages } = await run.untilStatus(
      'duplicates',
      status => status.stages[0]!.books.duplicate === 100,
    )
    assert.deepEqual(stages[0]!.books, { in: 100, duplicate: 100, held: 0, balanced: true })
    assert.equal(stub.stored.size, 100)
    run.child.stdin!.end()
    assert.equal(await run.exited, 0, run.stderr)
  })

  test('413: in halves, and a document that is too large by itself is a dead letter', async t => {
    const { stub, run } = await against(t, {
      request: (body, size) => (size > 10 || body.includes('"id-42"') ? 413 : undefined),
    })
    assert.equal(await run.exited, 0, run.stderr)
    assert.equal(stub.stored.size, 99)
    assert.deepEqual(
      deadLetters(run).map(letter => [letter['@meta'].id, letter['@meta'].dead.reason]),
      [['id-42', 'too-large']],
    )
  })

  for (const status of [401, 403, 400, 404] as const) {
    test(`a whole ${status}: nothing is given up; it stops, says so, and goes on when it is mended`, async t => {
      let broken = true
      const { stub, run } = await against(t, { request: () => (broken ? status : undefined) }, hundred)
      const { reason } = await run.log(/does not take them|is not usable yet/)
      assert.match(String(reason ?? run.stderr), new RegExp(`status ${status}`))
      const readyz = await run.admin('/readyz')
      assert.equal(readyz.status, 503)
      assert.match(readyz.body, new RegExp(`status ${status}`))
      broken = false
      assert.equal(await run.exited, 0, run.stderr)
      assert.equal(stub.stored.size, 100)
    })
  }

  test('a success by way of the failure store counts as dead, without a second copy', async t => {
    const { run } = await against(
      t,
      { item: id => (id === 'id-5' ? { status: 201, failure_store: 'used' } : undefined) },
      hundred,
    )
    assert.equal(await run.exited, 0, run.stderr)
    assert.throws(() => deadLetters(run), /ENOENT/)
  })

  test('nobody is there: it waits, says so, keeps what comes, and is ready when the server is', async t => {
    const port = await freePort()
    const run = start(t, `http://127.0.0.1:${port}`, hundred, '--template', 'off')
    await run.log(/is not usable yet: .*waiting for it/)
    assert.equal((await run.admin('/healthz')).status, 200)
    assert.equal((await run.admin('/readyz')).status, 503)
    assert.equal(
      run.logs.some(({ msg }) => msg === 'ready'),
      false,
    )
    const stub = new BulkStub({})
    await stub.listen(port)
    t.after(() => stub.close())
    assert.equal(await run.exited, 0, run.stderr)
    assert.equal(stub.stored.size, 100)
  })

  test('stopped while nobody is there: 75, in time', async t => {
    const run = start(t, `http://127.0.0.1:${await freePort()}`, hundred, '--grace', '200ms')
    await run.untilStatus('100 held', ({ stages }) => stages[0]!.books.held === 100)
    assert.equal(await run.stop(), 75)
  })

  test('dead letters that cannot be written hold the batch back, and /readyz says so', async t => {
    const { stub, run } = await against(
      t,
      { item: id => (id === 'id-5' ? { status: 400, error: { type: 'bad', reason: 'no' } } : undefined) },
      hundred,
      '--dead-letters',
      'file:///proc/nowhere/dead.ndjson',
      '--grace',
      '200ms',
    )
    await run.log(/cannot write \/proc\/nowhere/)
    const { body } = await run.admin('/readyz')
    assert.match(body, /cannot write \/proc\/nowhere\/dead.ndjson/)
    assert.equal(stub.stored.size, 99)
    assert.equal(await run.stop(), 75)
  })

  test('a state folder that cannot be made holds the batch back, and the log and /readyz say so', async t => {
    const stub = new BulkStub({
      item: id => (id === 'id-5' ? { status: 400, error: { type: 'bad', reason: 'no' } } : undefined),
    })
    const url = await stub.listen()
    t.after(() => stub.close())
    const args = ['--node', url, '--template', 'off', '--batch-delay', '20ms', '--grace', '200ms']
    const run = new Sluice(t, 'sluice-elasticsearch', args, {
      stdin: hundred,
      env: { STATE_DIRECTORY: '/dev/null/x' },
    })
    await run.log(/\/dev\/null\/x.*trying again/)
    assert.match((await run.admin('/readyz')).body, /\/dev\/null\/x/)
    assert.equal(stub.stored.size, 99)
    assert.equal(await run.stop(), 75)
  })

  test('secrets come from files, and go to the server only', async t => {
    const stub = new BulkStub({})
    const url = await stub.listen()
    t.after(() => stub.close())
    const run = start(t, url, '', '--template', 'off')
    await run.exited
    writeFileSync(join(run.folder, 'key'), 'c2VjcmV0\n')
    writeFileSync(join(run.folder, 'password'), 'hunter2\n')
    const byKey = start(t, url, hundred, '--api-key-file', join(run.folder, 'key'))
    assert.equal(await byKey.exited, 0, byKey.stderr)
    assert.equal(stub.authorization, 'ApiKey c2VjcmV0')
    const byPassword = start(
      t,
      url,
      hundred,
      '--user',
      'shipper',
      '--password-file',
      join(run.folder, 'password'),
    )
    assert.equal(await byPassword.exited, 0, byPassword.stderr)
    assert.equal(stub.authorization, `Basic ${Buffer.from('shipper:hunter2').toString('base64')}`)
    assert.doesNotMatch(byKey.stderr + byPassword.stderr, /hunter2|c2VjcmV0/)
  })

  for (const [args, message] of [
    [['--node', 'http://me:secret@localhost:9200'], /--node: no password in a URL/],
    [['--node', 'localhost:9200'], /--node: "localhost:9200" is not a URL; write for example http:/],
    [['--user', 'me'], /--user and --password-file go together/],
    [['--api-key-file', '/nowhere/key'], /--api-key-file \/nowhere\/key: ENOENT/],
    [['--index', 'Logs'], /--index: "Logs": an index has lower-case letters/],
    [['--index', 'logs-%q'], /%q is not known; there are %Y, %m, %d and %H/],
    [['--index', 'logs-%Y', '--data-stream'], /--data-stream: its name has no % parts/],
  ] as const) {
    test(`${args.join(' ')} is misuse, in one line`, async t => {
      const run = new Sluice(t, 'sluice-elasticsearch', ['--pull-connect', 'tcp://127.0.0.1:1', ...args], {
        env: { SLUICE_LOG_LEVEL: 'warn' },
      })
      assert.equal(await run.exited, 64)
      assert.match(run.stderr, message)
      assert.equal(run.stderr.split('\n').length, 2)
      assert.doesNotMatch(run.stderr, /secret/)
    })
  }
})
