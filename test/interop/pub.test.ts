// Subscribers and publishers in another language: what docs/protocol.md says of pub+ and sub+ links is all that they know.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { orSkip } from '../servers/available.ts'
import { pythonWithZmq } from '../servers/python.ts'
import { freePort } from '../support/port.ts'
import { root, Sluice } from '../support/process.ts'
import { startScript } from './support.ts'

const COUNT = 10_000

/** Page views, and others in between whose names begin alike or are in them. */
const EVENTS = Array.from({ length: COUNT }, (_, n) => ({
  type: ['pageview', 'click', 'pageviews', 'page', 'xpageview', undefined][n % 6],
  time: '2026-11-23T04:14:05.123Z',
  data: { account: 'acme', n, big: 2 ** 53 + 2, ratio: 0.1, none: null, text: 'Grüße, "x" \u2028' },
}))
const PAGE_VIEWS = EVENTS.filter(({ type }) => type === 'pageview')

const ndjson = (events: readonly object[]) => events.map(event => `${JSON.stringify(event)}\n`).join('')

/** A daemon that publishes what it is given, to one who is there already. */
async function publish(t: TestContext, endpoint: string): Promise<Sluice> {
  const source = new Sluice(t, 'sluice-relay', ['--pull-connect', '-', '--push-bind', endpoint], {
    stdin: 'open',
  })
  await source.untilStatus('subscriptions', ({ stages }) =>
    stages[0]!.links.some(link => (link as { subscriptions?: number }).subscriptions === 1),
  )
  source.child.stdin!.end(ndjson(EVENTS))
  return source
}

describe('published events and Python', { concurrency: 2 }, () => {
  for (const [form, encoding, prefix] of [
    ['joined', 'msgpack', 'pageview '],
    ['joined', 'json', 'pageview '],
    ['frames', 'msgpack', 'pageview'],
  ] as const) {
    test(`a Python SUB prints every page view of ${COUNT} mixed events: ${form}, ${encoding}`, async t => {
      const python = await orSkip(t, pythonWithZmq)
      if (!python) return
      const endpoint = `tcp://127.0.0.1:${await freePort()}`
      const subscriber = startScript(t, python, 'subscriber.py', ['connect', endpoint, form, prefix])
      const source = await publish(t, `pub+${endpoint}?format=${form}&encoding=${encoding}`)
      assert.equal(await source.exited, 0, source.stderr)
      // Frames know no end of a topic: who subscribes to `pageview` gets those of `pageviews` too.
      const wanted = EVENTS.filter(
        ({ type }) => type === 'pageview' || (form === 'frames' && type === 'pageviews'),
      )
      await subscriber.until('all', ({ stdout }) => stdout.split('\n').length > wanted.length)
      const lines = subscriber.stdout.trimEnd().split('\n')
      const events = lines.map(line => {
        const [topic, ...event] = line.split(' ')
        const { '@meta': meta, ...fields } = JSON.parse(event.join(' '))
        assert.equal(topic, fields.type)
        assert.equal(typeof meta.id, 'string')
        return fields
      })
      assert.deepEqual(events, wanted)
      assert.equal(await subscriber.stop(), null)
    })
  }

  test('the program that docs/protocol.md shows prints the page views, in either encoding', async t => {
    const python = await orSkip(t, pythonWithZmq)
    if (!python) return
    const page = readFileSync(join(root, 'docs/protocol.md'), 'utf8')
    const [, code] = /<!-- file: pageviews.py -->\n```python\n([\s\S]*?)```/.exec(page) ?? []
    for (const encoding of ['json', 'msgpack']) {
      const endpoint = `tcp://127.0.0.1:${await freePort()}`
      const program = new Sluice(t, python, ['-c', code!, endpoint])
      const source = await publish(t, `pub+${endpoint}?encoding=${encoding}`)
      assert.equal(await source.exited, 0)
      const printed = await program.until('all', ({ stdout }) => {
        const lines = stdout.split('\n').slice(0, -1)
        return lines.length >= PAGE_VIEWS.length && lines
      })
      assert.equal(printed.length, PAGE_VIEWS.length)
      assert.ok(printed.every(line => line.includes("'type': 'pageview'")))
    }
  })

  for (const form of ['joined', 'frames'] as const)
    for (const encoding of ['json', 'msgpack'] as const)
      test(`a Python PUB is read: ${form}, ${encoding}`, async t => {
        const python = await orSkip(t, pythonWithZmq)
        if (!python) return
        const endpoint = `tcp://127.0.0.1:${await freePort()}`
        const lines = EVENTS.map(event => `${event.type ?? 'none'} ${JSON.stringify(event)}\n`).join('')
        const publisher = startScript(t, python, 'publisher.py', ['bind', endpoint, form, encoding], lines)
        const reader = new Sluice(t, 'sluice-relay', [
          ...['--pull-connect', `sub+${endpoint}?topic=pageview`, '--push-connect', '-'],
        ])
        const records = await reader.records(PAGE_VIEWS.length)
        const fields = records.map(({ '@meta': meta, ...rest }) => {
          assert.equal((meta as { topic?: string }).topic, 'pageview')
          return rest
        })
        assert.deepEqual(fields, PAGE_VIEWS)
        const { stages } = await reader.status()
        assert.equal(stages[0]!.books.in, PAGE_VIEWS.length)
        assert.equal(await reader.stop(), 0)
        assert.equal(await publisher.exited, 0)
      })
})
