import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAgents } from '../../../src/daemons/collect/agents.ts'

const read = await createAgents()

const CASES: [text: string, browser: string, system: string, bot: boolean][] = [
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0',
    'Microsoft Edge 131.0.0.0',
    'Windows 10',
    false,
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:133.0) Gecko/20100101 Firefox/133.0',
    'Firefox 133.0',
    'macOS 10.15',
    false,
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
    'Safari 18.1',
    'iOS 18.1',
    false,
  ],
  [
    'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0',
    'Firefox 133.0',
    'Linux ',
    false,
  ],
  ['curl/8.5.0', ' ', ' ', true],
  ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', 'Googlebot 2.1', ' ', true],
  ['', ' ', ' ', true],
  ['   ', ' ', ' ', true],
]
for (const [text, browser, system, bot] of CASES)
  test(text || 'nothing', () => {
    const found = read(text)
    const words = (one?: { name: string; version?: string }) => `${one?.name ?? ''} ${one?.version ?? ''}`
    assert.deepEqual([words(found.browser), words(found.system), found.bot], [browser, system, bot])
  })

test('what is kept is the same; what is behind 1,024 characters is not looked at', () => {
  const long = `${CASES[0]![0]} ${'x'.repeat(1000)}`
  assert.equal(read(`${long}a`), read(`${long}b Googlebot/2.1`))
  assert.notEqual(read('a'), read('b'))
})

test('texts that are made to take long do not', () => {
  const pieces = [
    '(',
    'a',
    ' ',
    '1.',
    'a ',
    'a:%-(',
    '/v1',
    'os x ',
    'linux ',
    'msie |',
    'version/',
    '; ',
    'opera mini ',
    '\t',
    '<',
  ]
  // Quadratic time would be seconds.
  for (const piece of pieces)
    for (let n = 0; n < 20; n++)
      assert.equal(typeof read(`Mozilla/5.0 ${n}${piece.repeat(8192 / piece.length)}`).bot, 'boolean')
})
