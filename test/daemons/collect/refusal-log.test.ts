import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { describe, test } from 'node:test'
import { pino } from 'pino'
import { RefusalLog } from '../../../src/daemons/collect/refusal-log.ts'
import { busy, Refused, wrong } from '../../../src/daemons/collect/refused.ts'
import { open, post } from './support.ts'

function create() {
  const lines: { msg: string; [field: string]: unknown }[] = []
  const log = pino({ base: null, timestamp: false }, { write: line => lines.push(JSON.parse(line)) })
  const clock = { now: 0 }
  return { lines, clock, refusals: new RefusalLog(log, () => clock.now) }
}

const asked = (url: string, headers = {}) => ({ url, headers }) as IncomingMessage
const nobody = () => undefined

describe('the first requests of a minute that are refused', () => {
  test('are told of with reason, path, page and address; without their parameters', () => {
    const { lines, refusals } = create()
    const request = asked('/r/shop/acme/a%00?u=secret', { referer: 'https://shop.example/cart?card=1#top' })
    refusals.refused(request, wrong('a name in the path is none'), () => '192.0.2.7')
    const { level: _, ...line } = lines[0]!
    assert.deepEqual(line, {
      status: 400,
      path: '/r/shop/acme/a%00',
      page: 'https://shop.example/cart',
      from: '192.0.2.7',
      msg: 'a request was refused: a name in the path is none',
    })
  })

  for (const [refused, flag] of [
    [new Refused(413, 'the body is too large'), /give a larger --max-body \(of too many events: --burst\)$/],
    [busy('too many requests of one client', 429), /give a larger --rate or --burst/],
  ] as const)
    test(`${refused.status} says what to type`, () => {
      const { lines, refusals } = create()
      refusals.refused(asked('/e'), refused, nobody)
      assert.match(lines[0]!.msg, flag)
    })

  test('each reason once, ten of them, and again in the next minute', () => {
    const { lines, clock, refusals } = create()
    const tell = (why: string) => refusals.refused(asked('/e'), wrong(why), nobody)
    for (let n = 0; n < 100; n++) tell('one')
    assert.equal(lines.length, 1)
    for (let n = 0; n < 100; n++) tell(`${n}`)
    assert.equal(lines.length, 10)
    // Whatever strangers send, an origin that was forgotten is told of.
    for (let n = 0; n < 100; n++) refusals.foreign(`https://evil${n}.example`)
    assert.equal(lines.length, 20)
    clock.now = 60_000
    tell('one')
    refusals.foreign('https://a.example')
    refusals.foreign('https://b.example')
    assert.deepEqual(
      lines.slice(20).map(({ msg }) => msg.replace(/.*(: |give )/, '')),
      ['one', '--allow-origin https://a.example', '--allow-origin https://b.example'],
    )
  })
})

test('the log of the daemon has them', async t => {
  const { stage, ask } = await open(t, '--allow-origin', 'https://shop.example', '--anonymize-address')
  await ask('/e', post('text/plain', { type: 'a' }, { origin: 'https://shop.example' }))
  await ask('/r/a/b', { headers: { dnt: '1' } })
  for (const origin of ['https://a.example', 'https://b.example'])
    await ask('/e', post('text/plain', { type: 'a' }, { origin }))
  const told = stage.log.filter(({ level }) => level === 'warn')
  assert.deepEqual(
    told.map(({ msg, path, page, from }) => [msg, path, page, from]),
    [
      [
        'a request was refused: "app" has 1 to 200 characters, and neither slashes nor control characters',
        '/e',
        'https://shop.example',
        '127.0.0.0',
      ],
      ['a request was refused: the path is /r/APP/ACCOUNT/TYPE', '/r/a/b', undefined, undefined],
      ...['https://a.example', 'https://b.example'].map(origin => [
        `pages of ${origin} are refused; to take their events, give --allow-origin ${origin}`,
        undefined,
        undefined,
        undefined,
      ]),
    ],
  )
})

test('bug: the log quoted what visitors had sent, and content types as so many reasons', async t => {
  const { stage, ask } = await open(t)
  const { body } = await ask('/e', post('application/json', 'card 4111111111111111'))
  assert.match(body, /card 4111/)
  for (let n = 0; n < 20; n++) await ask('/e', post(`image/${n}`, 'x'))
  const told = stage.log.filter(({ level }) => level === 'warn').map(({ msg }) => msg)
  assert.deepEqual(told, [
    'a request was refused: the body is not JSON, and nothing of it was taken',
    'a request was refused: send application/json, application/x-ndjson or, from a page, text/plain',
  ])
})
