import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { CountFile } from '../../../src/daemons/count/sqlite/file.ts'

const DAY = 86_400_000
const START = Date.UTC(2026, 0)

function folder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-count-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

function file(t: TestContext): CountFile {
  const opened = new CountFile(join(folder(t), 'count.sqlite'), DAY, START)
  t.after(() => opened.close())
  return opened
}

test('a change is written as a whole or not at all', t => {
  const counts = file(t)
  const hashes = [{ name: 'a/b/2026', kind: 'count', expires: 0, fields: [['01', 2]] }] as const
  assert.equal(counts.write({ ids: ['1', '2'], hashes, keys: [['a/b', START, 0]] }, START), undefined)
  assert.deepEqual(counts.write({ ids: ['2', '3'], hashes, keys: [['c/d', START, 0]] }, START), ['2'])
  assert.deepEqual(counts.read(['a/b/2026'], START), [[['01', '2']]])
  assert.deepEqual(counts.keys('', 10), [['a/b', START]])
})

test('what has expired is not answered, and deleted', t => {
  const counts = file(t)
  const hashes = [{ name: 'a/b/2026', kind: 'count', expires: START + DAY, fields: [['01', 2]] }] as const
  counts.write({ ids: ['1'], hashes, keys: [] }, START)
  assert.equal(counts.tidy(START), false)
  assert.deepEqual(counts.read(['a/b/2026'], START + DAY - 1), [[['01', '2']]])
  assert.deepEqual(counts.read(['a/b/2026'], START + DAY), [[]])
  counts.tidy(START + DAY)
  assert.deepEqual(counts.read(['a/b/2026'], START), [[]])
})

test('the time at which it was made is known to who opens it next, by whatever clock', t => {
  const path = join(folder(t), 'count.sqlite')
  new CountFile(path, DAY, START).close()
  const again = new CountFile(path, DAY, START + 2000 * DAY)
  t.after(() => again.close())
  assert.equal(again.about.clock.believed, START)
})

test('a key is forgotten with the last of its hashes, unless there is one for ever', t => {
  const counts = file(t)
  const put = (id: string, key: string, expires: number) =>
    counts.write({ ids: [id], hashes: [], keys: [[key, START, expires]] }, START)
  put('1', 'made/up', START + DAY)
  put('2', 'a/while', START + DAY)
  put('3', 'a/while', START + 2 * DAY)
  put('4', 'for/ever', START + DAY)
  put('5', 'for/ever', 0)
  counts.tidy(START + DAY - 1)
  assert.equal(counts.countKeys(), 3)
  counts.tidy(START + DAY)
  assert.deepEqual(counts.keysAfter('', 10), ['a/while', 'for/ever'])
  counts.tidy(START + 2 * DAY)
  assert.deepEqual(counts.keysAfter('', 10), ['for/ever'])
})

test('a day of many visitors is deleted in pieces, and then nothing of it is left', t => {
  const counts = file(t)
  const members = Array.from({ length: 5_000 }, (_, n) => Buffer.from(`${n}`.padStart(12)).toString('base64'))
  const fields = [['01', members]] as const
  const hashes = [{ name: 'a/b/2026', kind: 'distinct', expires: START + DAY, fields }] as const
  counts.write({ ids: ['1'], hashes, keys: [['a/b', START, START + DAY]] }, START)
  assert.deepEqual(counts.read(['a/b/2026'], START), [[['01', '5000']]])
  let rounds = 1
  while (counts.tidy(START + DAY)) rounds++
  assert.equal(rounds, 3)
  assert.deepEqual(counts.read(['a/b/2026'], START), [[]])
  assert.equal(counts.countKeys(), 0)
  // They were deleted, and are seen for the first time.
  counts.write({ ids: ['2'], hashes, keys: [] }, START)
  assert.deepEqual(counts.read(['a/b/2026'], START), [[['01', '5000']]])
})

test('who was seen is forgotten before the count is', t => {
  const counts = file(t)
  const members = Array.from({ length: 3_000 }, (_, n) => Buffer.from(`${n}`.padStart(12)).toString('base64'))
  const write = (id: string, seen: number, field: string) => {
    const fields = [[field, members, seen]] as const
    const hashes = [{ name: 'a/b/2026', kind: 'distinct', expires: 0, fields }] as const
    counts.write({ ids: [id], hashes, keys: [] }, START)
  }
  write('1', START + DAY, '01')
  write('2', START + 2 * DAY, '02')
  write('3', START + DAY, '03')
  write('4', 0, '03')
  let rounds = 1
  while (counts.tidy(START + DAY)) rounds++
  assert.equal(rounds, 2)
  // Those of the first are new again, and of the others not.
  for (const [n, field] of ['01', '02', '03'].entries()) write(`again-${n}`, 0, field)
  assert.deepEqual(counts.read(['a/b/2026'], START), [
    [
      ['01', '6000'],
      ['02', '3000'],
      ['03', '3000'],
    ],
  ])
})

const VERSIONS = [
  `
    CREATE TABLE hashes (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, expires INTEGER NOT NULL);
    CREATE TABLE fields (hash INTEGER, field TEXT, value, PRIMARY KEY (hash, field)) WITHOUT ROWID;
    CREATE TABLE members (hash INTEGER, field TEXT, member BLOB, PRIMARY KEY (hash, field, member)) WITHOUT ROWID;
    CREATE TABLE keys (key TEXT PRIMARY KEY, last REAL NOT NULL) WITHOUT ROWID;
    CREATE TABLE about (since REAL NOT NULL);
    INSERT INTO about VALUES (${START - DAY}); INSERT INTO keys VALUES ('a/b', ${START});
    PRAGMA application_id = 0x536c636f;
  `,
  'ALTER TABLE about ADD COLUMN text TEXT',
  `
    ALTER TABLE keys ADD COLUMN expires INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX keys_by_expiry ON keys (expires) WHERE expires > 0;
    ALTER TABLE about ADD COLUMN clock REAL;
  `,
  `
    CREATE TABLE seen (hash INTEGER, field TEXT, expires INTEGER NOT NULL, PRIMARY KEY (hash, field)) WITHOUT ROWID;
    CREATE INDEX seen_by_expiry ON seen (expires);
    UPDATE about SET clock = ${START};
  `,
]

for (const version of VERSIONS.keys())
  test(`a file of version ${version + 1} has what is new in it`, t => {
    const path = join(folder(t), 'count.sqlite')
    const old = new DatabaseSync(path)
    for (const sql of VERSIONS.slice(0, version + 1)) old.exec(sql)
    old.exec(`PRAGMA user_version = ${version + 1}`)
    old.close()
    const later = START + 9000 * DAY
    const members = [Buffer.from('somebody').toString('base64')]
    const hashes = [
      { name: 'a/b/2026', kind: 'distinct', expires: 0, fields: [['01', members, later]] },
    ] as const
    for (let n = 0; n < 2; n++) {
      const counts = new CountFile(path, DAY, START)
      counts.write({ ids: [`${n}`], hashes, keys: [] }, START)
      counts.tidy(later, { believed: later, shown: later + 2, doubt: 7 })
      assert.deepEqual(counts.keysAfter('', 10), ['a/b'])
      assert.deepEqual(counts.about, {
        ...{ since: START - DAY, text: undefined },
        clock: { believed: later, shown: later + 2, doubt: 7 },
      })
      counts.close()
    }
  })

test('a bit that flipped in the log is told: the changes behind it are lost', t => {
  const path = join(folder(t), 'count.sqlite')
  const counts = new CountFile(path, DAY, START)
  for (let n = 0; n < 20; n++)
    counts.write({ ids: [`${n}`], hashes: [], keys: [['a/b', START + n, 0]] }, START)
  // As after kill -9: files without a last word.
  const crashed = join(folder(t), 'count.sqlite')
  for (const end of ['', '-wal']) copyFileSync(path + end, crashed + end)
  counts.close()
  const log = readFileSync(`${crashed}-wal`)
  const whole = new CountFile(crashed, DAY, START)
  assert.equal(whole.lost, 0)
  whole.close()
  copyFileSync(path, crashed)
  log[Math.floor(log.length / 2)]! ^= 4
  writeFileSync(`${crashed}-wal`, log)
  const damaged = new CountFile(crashed, DAY, START)
  t.after(() => damaged.close())
  assert.ok(damaged.lost >= 5, `${damaged.lost}`)
  // And once: it is not in the log any more, whatever comes next.
  damaged.forgetLost()
  const again = join(folder(t), 'count.sqlite')
  for (const end of ['', '-wal']) copyFileSync(crashed + end, again + end)
  const told = new CountFile(again, DAY, START)
  t.after(() => told.close())
  assert.equal(told.lost, 0)
})
