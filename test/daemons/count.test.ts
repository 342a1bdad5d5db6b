// What sluice-count says to those who ask it, and what it survives.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { smallDisk } from '../support/disk.ts'
import { freePort } from '../support/port.ts'
import { root, Sluice } from '../support/process.ts'
import { Count, METRICS } from './count/count-daemon.ts'
import { type Event, hashesOf, recordOf } from './count/oracle.ts'

const MINUTE = 60_000

/** Around midnight at the end of a month, of a year, and of an hour that comes twice in Berlin. */
const TIMES = [Date.UTC(2013, 8, 30, 23, 59), Date.UTC(2025, 11, 31, 23, 59), Date.UTC(2025, 9, 26, 0, 59)]
const EVENTS: Event[] = TIMES.flatMap((time, n) =>
  Array.from({ length: 20 }, (_, i) => ({
    account: i % 3 === 0 ? 'acme' : 'globex',
    type: i % 2 === 0 ? 'pageview' : 'buy',
    time: time + i * 10 * MINUTE,
    visitor: `v${(i * 7 + n) % 5}`,
    amount: i,
  })),
)

for (const zone of ['UTC', 'Europe/Berlin'])
  test(`every hash is that of the oracle, in ${zone}`, async t => {
    const count = new Count(t, [...METRICS, '--timezone', zone])
    await count.count(EVENTS.map(event => recordOf(event)))
    const expected = hashesOf(EVENTS, zone)
    assert.deepEqual(await count.hashes(Object.keys(expected)), expected)
  })

test('events that come again are counted once, also after a restart, and the books say so', async t => {
  const folder = new Sluice(t, 'sluice-count', ['--version']).folder
  const options = { stdin: 'open', env: { STATE_DIRECTORY: folder } } as const
  const records = EVENTS.map((event, n) => recordOf(event, `id-${n}`))
  const first = new Count(t, METRICS, options)
  await first.count([...records.slice(0, 40), ...records.slice(0, 10)])
  assert.equal((await first.daemon.status()).stages[0]!.books.duplicate, 10)
  await first.daemon.stop('SIGKILL')
  const second = new Count(t, METRICS, options)
  await second.count(records)
  const { books, counters } = (await second.daemon.status()).stages[0]!
  assert.deepEqual([books.duplicate, counters.repeats], [40, 40])
  const expected = hashesOf(EVENTS, 'UTC')
  assert.deepEqual(await second.hashes(Object.keys(expected)), expected)
})

describe('the API', () => {
  const at = (text: string) => ({ account: 'acme', type: 'pageview', time: Date.parse(text) })
  const records = [at('2013-09-05T14:37:00Z'), at('2013-09-05T14:37:59Z'), at('2013-09-05T16:00:00Z')]

  test('answers hashes as objects, and one that is not there as an empty one', async t => {
    const count = new Count(t)
    await count.count(records.map(event => recordOf(event)))
    assert.deepEqual(await count.json('/acme/pageview/2013'), { '09': 3 })
    assert.deepEqual(await count.json('/acme/pageview/2013/09'), { '05': 3 })
    assert.deepEqual(await count.json('/acme/pageview/2013/09/05'), { '14': 2, '16': 1 })
    assert.deepEqual(await count.json('/acme/pageview/2013/09/05/14'), { '37': 2 })
    assert.deepEqual(await count.json('/acme/pageview/2014'), {})
    const response = await count.get('/acme/pageview/2013')
    assert.equal(response.headers.get('cache-control'), 'no-store')
    assert.match(response.headers.get('content-type')!, /^application\/json/)
    const lost = await count.get('/acme/pageview')
    assert.deepEqual([lost.status, Object.keys(await lost.json())], [404, ['error']])
  })

  test('answers a series with empty buckets as 0', async t => {
    const count = new Count(t)
    await count.count(records.map(event => recordOf(event)))
    const path = '/series/acme/pageview?from=2013-09-05T14:00&to=2013-09-05T17:00'
    assert.deepEqual(await count.json(`${path}&step=hour`), [
      { time: '2013-09-05T14:00:00.000Z', count: 2 },
      { time: '2013-09-05T15:00:00.000Z', count: 0 },
      { time: '2013-09-05T16:00:00.000Z', count: 1 },
    ])
    assert.equal((await count.json(`${path}&step=5m`)).length, 36)
    // Epochs, in seconds and milliseconds; and the present, where nobody says when.
    assert.deepEqual(await count.json('/series/acme/pageview?from=1378339200&to=1378425600000&step=day'), [
      { time: '2013-09-05T00:00:00.000Z', count: 3 },
    ])
    const now = await count.json('/api/v1/series/acme/pageview')
    assert.ok(now.length >= 60 && now.every((point: { count: number }) => point.count === 0))
  })

  test('says what is wrong with a question', async t => {
    const count = new Count(t, METRICS)
    const error = async (path: string) => {
      const response = await count.get(path)
      const { error } = (await response.json()) as { error: { message: string } }
      return `${response.status} ${error.message}`
    }
    assert.match(await error('/series/a/b?step=7m'), /^400 step: "7m" is no step; write minute/)
    assert.match(await error('/series/a/b?form=1'), /^400 "form" is not a parameter; here are from, to, step/)
    assert.match(await error('/series/a/b?from=now&to=-1h'), /^400 from is later than to/)
    assert.match(await error('/series/a/b?from=yesterday'), /^400 from: "yesterday" is not a time/)
    assert.match(
      await error('/series/a/b?from=2000-01-01&step=minute'),
      /^400 these are more than 10000 points/,
    )
    assert.match(await error('/series/a/visitors?step=week'), /^400 who was seen twice cannot be told/)
    for (const path of [
      '/api/v1/hashes/a/b',
      '/acme/pageview',
      '/acme/pageview/2026/9',
      '/acme/pageview/2026/13',
    ])
      assert.match(await error(path), /^404 a hash is a key and a year, .* of two digits each/)
  })

  test('lists keys with their kinds', async t => {
    const count = new Count(t, METRICS)
    await count.count(EVENTS.map(event => recordOf(event)))
    const { keys, more } = await count.json('/api/v1/keys?prefix=acme/')
    assert.deepEqual(
      keys.map(({ key, kind }: { key: string; kind: string }) => `${key} ${kind}`),
      ['acme/buy count', 'acme/pageview count', 'acme/revenue sum', 'acme/visitors distinct'],
    )
    assert.ok(keys.every(({ last }: { last: string }) => last.startsWith('2026-01-01')))
    assert.equal(more, false)
    assert.equal((await count.json('/api/v1/keys?limit=1')).more, true)
  })
})

test('the fields of a hash are in order', async t => {
  const count = new Count(t)
  const of = (month: number) => recordOf({ account: 'a', type: 'x', time: Date.UTC(2025, month) })
  await count.count([9, 11, 0, 8].map(of))
  assert.equal(await (await count.get('/a/x/2025')).text(), '{"01":1,"09":1,"10":1,"12":1}')
})

test('sums are exact, and what is no number is counted', async t => {
  const count = new Count(t, METRICS)
  const amounts = [0.1, 0.2, '1000000.01', -0.3, 'ten', null]
  const record = (amount: unknown) => ({
    type: 'buy',
    time: '2025-01-01T00:00:00Z',
    data: { account: 'a', amount },
  })
  await count.count(amounts.map(record))
  assert.equal(await (await count.get('/a/revenue/2025')).text(), '{"01":1000000.01}')
  const big = Array.from({ length: 2 }, () => record('9223372036854775807'))
  await count.count(big)
  assert.equal(await (await count.get('/a/revenue/2025')).text(), '{"01":18446744073710551614.01}')
  const { counters } = (await count.daemon.status()).stages[0]!
  assert.equal(counters.notNumbers, 1)
})

test('keys are bounded, and those of before are known after a restart', async t => {
  const folder = new Sluice(t, 'sluice-count', ['--version']).folder
  const options = { stdin: 'open', env: { STATE_DIRECTORY: folder } } as const
  const of = (account: string) => recordOf({ account, type: 'x', time: Date.UTC(2025, 0) })
  const first = new Count(t, ['--max-keys', '2'], options)
  await first.count(['a', 'b', 'c', 'a'].map(of))
  const { counters, books } = (await first.daemon.status()).stages[0]!
  assert.deepEqual([counters.keysFull, books['dropped:keys-full'], books.dead ?? 0], [1, 1, 0])
  await first.daemon.log(
    /there are 2 keys: events of a new key, such as "c\/x", are dropped, .* --max-keys 20/,
  )
  await first.daemon.stop()
  const second = new Count(t, ['--max-keys', '2'], options)
  await second.count(['c', 'a'].map(of))
  assert.deepEqual(await second.json('/a/x/2025'), { '01': 3 })
  assert.deepEqual(await second.json('/c/x/2025'), {})
})

test('an event that has a key too many is no repeat when it comes again; what a repeat lacks is not counted twice', async t => {
  const folder = new Sluice(t, 'sluice-count', ['--version']).folder
  const options = { stdin: 'open', env: { STATE_DIRECTORY: folder } } as const
  const of = (account: string) => recordOf({ account, type: 'x', time: Date.UTC(2025, 0) }, account)
  const first = new Count(t, ['--max-keys', '1', '--key', '{account}/{type}', '--key', 'p/{page}'], options)
  await first.count([of('a'), of('b')])
  await first.count([of('a')])
  assert.equal((await first.daemon.status()).stages[0]!.counters.withoutField, 2)
  await first.daemon.stop()
  const second = new Count(t, ['--key', '{account}/{type}'], options)
  await second.count([of('a'), of('b')])
  assert.deepEqual(await second.json('/b/x/2025'), { '01': 1 })
  assert.deepEqual(await second.json('/a/x/2025'), { '01': 1 })
})

test('a time that cannot be read is counted when it was received, and told', async t => {
  const count = new Count(t)
  const times = ['1378391832', 'Thu, 05 Sep 2013 14:37:12 GMT', '2013-09-05T14:37:12.1234567891Z', -5, true]
  const of = (time: unknown) => ({ type: 'x', time, data: { account: 'a' } })
  await count.count([...times, undefined, null, '', 1378391832].map(of))
  const { counters } = (await count.daemon.status()).stages[0]!
  assert.equal(counters.timesRefused, times.length)
  assert.deepEqual(await count.json('/a/x/2013'), { '09': 1 })
})

test('a second one at the same file is refused, and names it', async t => {
  const first = new Count(t, [])
  await first.daemon.ready()
  const path = join(first.daemon.folder, 'count.sqlite')
  assert.ok(existsSync(path))
  await first.daemon.log(new RegExp(`counts are in ${path}$`))
  const second = new Count(t, ['--store', `sqlite://${path}`])
  assert.equal(await second.daemon.exited, 70)
  assert.match(second.daemon.stderr, /another sluice-count is using it; stop that one/)
})

test('the zone of this host has its name where others read it', async t => {
  const options = { stdin: 'open', env: { TZ: 'Asia/Kathmandu' } } as const
  const count = new Count(t, ['--timezone', 'local'], options)
  await count.daemon.ready()
  assert.match((await count.json('/api/v1/about')).timezone, /^Asia\/Kat(h)?mandu$/)
})

test('options that will not do say what to write', async t => {
  const misuse = async (...flags: string[]) => {
    const { daemon } = new Count(t, flags)
    assert.equal(await daemon.exited, 64, daemon.stderr)
    return daemon.stderr
  }
  assert.match(await misuse('--key', '{account'), /--key: .*a field is \{name\}/)
  assert.match(await misuse('--sum', '{a}/b'), /--sum: .*lacks its value/)
  const both = ['--sum', '{a}/{b} = {c}', '--distinct', '{d}/{e} = {f}']
  assert.match(
    await misuse(...both),
    /--sum '\{a\}\/\{b\}' and --distinct '\{d\}\/\{e\}' could make the same key/,
  )
  assert.match(await misuse('--remember', '1s'), /--remember: the least is 1h/)
  assert.match(await misuse('--timezone', 'Mars'), /--timezone: "Mars" is not a time zone/)
  assert.match(await misuse('--store', 'mysql://x'), /--store: "mysql:\/\/x" is no store; write for example/)
  assert.match(await misuse('--store', 'sqlite://x'), /the path begins with a slash, the third one/)
  assert.match(
    await misuse('--store', 'sqlite:x'),
    /write all of the path, .*\/x; sqlite: alone is count\.sqlite in/,
  )
  assert.match(await misuse('--store', 'redis://u:secret@x'), /no password in a URL; use redis:\/\/user@host/)
  assert.match(await misuse('--store', 'redis://u@x'), /the user has a password; give --store-password-file/)
  assert.match(await misuse('--prefix', 'shop'), /--prefix is of Redis: give --store redis:/)
  assert.match(await misuse('--store', 'redis://x/one'), /"one" is not the number of a database/)
})

test('docs/count.md: what it says to try answers what it says', async t => {
  const page = readFileSync(join(root, 'docs/count.md'), 'utf8')
  const [, commands = ''] = /<!-- run -->\n```sh\n([\s\S]*?)```/.exec(page)!
  const folder = new Sluice(t, 'sluice-count', ['--version']).folder
  const port = await freePort()
  const env = { ...process.env, PATH: `${join(root, 'bin')}:${process.env.PATH}` }
  const places = { RUNTIME_DIRECTORY: folder, STATE_DIRECTORY: folder }
  // It waits by the clock, as people do; here, until it answers.
  const script = commands
    .replaceAll('8517', `${port}`)
    .replace('sleep 5', 'while [ ! -e done ]; do sleep 0.1; done')
    .replace(
      'sleep 3',
      `until curl -s http://127.0.0.1:${port}/acme/pageview/2013/09 | grep -q 05; do sleep 0.1; done`,
    )
    .replace(/wait\n$/, 'touch done; wait\n')
  const { stdout } = await promisify(execFile)('sh', ['-c', script], {
    cwd: folder,
    env: { ...env, ...places },
  })
  const answers = stdout.match(/\{"05":\d+\}|\[.*\]/g)!
  for (const answer of answers) assert.ok(page.includes(`\`${answer}\``), answer)
  assert.equal(answers.length, 2)
})

test('a full disk: events wait, it says so, and all of them are counted once there is room', async t => {
  const disk = smallDisk(t, 64)
  if (!disk) {
    if (process.env.SLUICE_REQUIRE === 'all') assert.fail('cannot mount a file system')
    return t.skip('cannot mount a file system')
  }
  const count = new Count(t, ['--store', `sqlite://${join(disk, 'count.sqlite')}`])
  const of = (_: unknown, n: number) => recordOf({ account: `a${n % 9}`, type: 'x', time: Date.UTC(2025, 0) })
  await count.count(Array.from({ length: 900 }, of))
  const { bavail, bsize } = statfsSync(disk)
  writeFileSync(join(disk, 'ballast'), Buffer.alloc(bavail * bsize - 8 * 2 ** 20))
  count.send(Array.from({ length: 900 }, of))
  const { waiting } = await count.daemon.untilStatus('waiting for room', ({ ready }) => !ready)
  assert.match(waiting.join(), /cannot write to .*: the disk is full/)
  assert.deepEqual(await count.json('/a0/x/2025'), { '01': 100 })
  rmSync(join(disk, 'ballast'))
  await count.counted(1800)
  assert.deepEqual(await count.json('/a0/x/2025'), { '01': 200 })
  assert.equal((await count.daemon.status()).ready, true)
})

test('a file of something else, or a damaged one, is not counted into', async t => {
  const folder = new Sluice(t, 'sluice-count', ['--version']).folder
  const path = join(folder, 'other.sqlite')
  writeFileSync(path, 'this is no database, and longer than nothing '.repeat(200))
  const count = new Count(t, ['--store', `sqlite://${path}`])
  assert.equal(await count.daemon.exited, 70)
  assert.match(
    count.daemon.stderr,
    /--store sqlite:\/\/.*other\.sqlite: file is not a database; give another file/,
  )
  const { daemon } = new Count(t, ['--store', `sqlite://${folder}`])
  assert.equal(await daemon.exited, 70)
  assert.match(
    daemon.stderr,
    /unable to open database file; give a file in a folder that this user may write to/,
  )
})
