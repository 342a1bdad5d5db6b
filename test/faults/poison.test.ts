// One record in a thousand that the mapping refuses: exactly these are dead letters, and once the mapping is mended,
// `sluice replay` brings each of them in once.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { orSkip } from '../servers/available.ts'
import { startElasticsearch } from '../servers/elasticsearch.ts'
import { valuesOf } from '../support/elasticsearch.ts'
import { freePort } from '../support/port.ts'
import { Sluice } from '../support/process.ts'
import { Generator } from './generator.ts'
import { LONG } from './random.ts'
import { Service } from './service.ts'

const RECORDS = LONG ? 1_000_000 : 20_000

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
  await generator.more(RECORDS)
  await generator.finish()
  const { sent } = generator
  const poison = Array.from({ length: sent }, (_, n) => n).filter(isPoison)
  const dead = poison.length
  assert.deepEqual({ ...generator.receipt }, { stored: sent - dead, dead })
  const file = join(sink.folder, 'sink.dead.ndjson')
  assert.deepEqual(
    lettersIn(file),
    poison.map(number => ({ number, attempts: 1 })),
  )
  const before = await numbersOf(strict)
  generator.check([...before, ...poison], { once: true })

  const replay = async (): Promise<void> => {
    const run = new Sluice(t, 'sluice', ['replay', file, '--push-connect', raw])
    assert.equal(await run.exited, 0, run.stderr)
    await run.log(new RegExp(`^sent ${dead}, kept 0$`))
  }
  // Too early: they are refused once more, and none is lost.
  await replay()
  assert.deepEqual(
    lettersIn(file),
    poison.map(number => ({ number, attempts: 2 })),
  )
  assert.equal((await numbersOf(strict)).length, before.length)

  await put('POST', '_aliases', {
    actions: [{ remove: { index: strict, alias } }, { add: { index: mended, alias } }],
  })
  await replay()
  assert.equal(existsSync(file), false)
  assert.deepEqual(
    (await numbersOf(mended)).sort((a, b) => a - b),
    poison,
  )
  assert.equal((await numbersOf(strict)).length, before.length)
  const { books } = (await sink.status()).stages[0]!
  assert.deepEqual(books, { in: sent + 2 * dead, stored: sent, dead: 2 * dead, held: 0, balanced: true })
  t.diagnostic(`${sent} records, ${dead} of them poison`)
})

/** The dead letters of a file in the order of their numbers. */
function lettersIn(file: string): { number: number; attempts: number }[] {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  return lines
    .map(line => {
      const letter = JSON.parse(line)
      const { reason, attempts } = letter['@meta'].dead
      assert.match(reason, /^(document|mapper)_parsing_exception$/)
      return { number: letter.number, attempts }
    })
    .sort((a, b) => a.number - b.number)
}
