// One record in a thousand that the mapping refuses: exactly these are dead letters, and once the mapping is mended,
// `sluice replay` brings each of them in once.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { orSkip } from '../servers/available.ts'
import { startElasticsearch } from '../servers/elasticsearch.ts'
import { documents, valuesOf } from '../support/elasticsearch.ts'
import { freePort } from '../support/port.ts'
import { Sluice } from '../support/process.ts'
import { Generator } from './generator.ts'
import { LONG } from './random.ts'
import { Service } from './service.ts'

const RECORDS = LONG ? 500_000 : 20_000

/** What no document may hold under the first mapping, and any under the second. */
const POISONS = [{ status: 'not a number' }, { when: 'yesterday' }, { user: 'root' }]
const SOUND = { status: 200, when: '2026-10-11T22:14:15Z', user: { name: 'root' } }

const STRICT = {
  status: { type: 'long' },
  when: { type: 'date' },
  user: { properties: { name: { type: 'keyword' } } },
}
const MENDED = {
  status: { type: 'keyword' },
  when: { type: 'keyword' },
  user: { type: 'object', enabled: false },
}

const isPoison = (number: number) => number % 1000 === 500

test('poison documents are dead letters, only they are, and sluice replay indexes them once', async t => {
  const server = await orSkip(t, () => startElasticsearch('8.19.0'))
  if (!server) return
  t.after(() => server.stop())
  const alias = `poison-${Date.now().toString(36)}`
  const [strict, mended] = [`${alias}-1`, `${alias}-2`]
  const put = async (method: string, path: string, body: object) => {
    const init = { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    const answer = await fetch(`${server.url}/${path}`, init)
    assert.equal(answer.status, 200, await answer.text())
  }
  const numbersOf = async (index: string) => (await valuesOf(server.url, index, 'number')).map(Number)
  await put('PUT', strict, { mappings: { properties: STRICT }, aliases: { [alias]: {} } })
  await put('PUT', mended, { mappings: { properties: MENDED } })

  const raw = `ack+tcp://127.0.0.1:${await freePort()}`
  const sink = new Service(t, 'sluice-elasticsearch', [
    ...['--pull-bind', raw, '--node', server.url, '--index', alias],
    ...['--template', 'off', '--batch-delay', '200ms', '--name', 'sink'],
  ])
  await sink.ready()
  const generator = await Generator.open(t, raw, {
    ...(!LONG && { rate: 8_000 }),
    record: number => ({
      message: `number ${number}`,
      ...SOUND,
      ...(isPoison(number) && POISONS[Math.floor(number / 1000) % POISONS.length]),
    }),
  })
  generator.start()
  while (generator.acknowledged.size < RECORDS) await generator.more(RECORDS / 20)
  await generator.finish()
  const { sent } = generator
  const poison = Array.from({ length: sent }, (_, n) => n).filter(isPoison)
  const dead = poison.length
  assert.deepEqual({ ...generator.receipt }, { stored: sent - dead, dead })
  const file = join(sink.folder, 'sink.dead.ndjson')
  const ids = checkLetters(file, poison, 1)
  const before = await numbersOf(strict)
  generator.check([...before, ...poison], { once: true })

  const replay = async (said: string): Promise<void> => {
    const run = new Sluice(t, 'sluice', ['replay', file, '--push-connect', raw])
    assert.equal(await run.exited, 0, run.stderr)
    await run.log(new RegExp(`^sent ${dead}${said}, kept 0$`))
  }
  // Too early: they are refused once more, and none is lost.
  await replay(` \\(${dead} refused again\\)`)
  assert.deepEqual(checkLetters(file, poison, 2), ids)
  assert.equal((await numbersOf(strict)).length, before.length)

  await put('POST', '_aliases', {
    actions: [{ remove: { index: strict, alias } }, { add: { index: mended, alias } }],
  })
  await replay('')
  assert.equal(existsSync(file), false)
  assert.equal((await numbersOf(mended)).length, dead)
  const indexed = await documents(server.url, mended, ...ids)
  assert.deepEqual(
    indexed.map(document => document?.number),
    poison,
    'each is there under its id',
  )
  assert.equal((await numbersOf(strict)).length, before.length)
  const { books } = (await sink.status()).stages[0]!
  assert.deepEqual(books, { in: sent + 2 * dead, stored: sent, dead: 2 * dead, held: 0, balanced: true })
  t.diagnostic(`${sent} records, ${dead} of them poison`)
})

/** The file holds these letters, refused so often, and no others; returns their ids. */
function checkLetters(file: string, poison: readonly number[], attempts: number): string[] {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  const letters = lines.map(line => JSON.parse(line)).sort((a, b) => a.number - b.number)
  assert.deepEqual(
    letters.map(({ number, '@meta': { dead } }) => [number, dead.attempts]),
    poison.map(number => [number, attempts]),
  )
  for (const letter of letters)
    assert.match(letter['@meta'].dead.reason, /^(document|mapper)_parsing_exception$/)
  return letters.map(letter => letter['@meta'].id)
}
