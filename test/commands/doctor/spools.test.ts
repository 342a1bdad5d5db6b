// Spools that nobody has open, in folders that others may have prepared.
import assert from 'node:assert/strict'
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { examine } from '../../../src/commands/doctor/examine.ts'
import { lockSpool } from '../../../src/lib/spool/lock.ts'
import { readMark } from '../../../src/lib/spool/mark.ts'
import { open } from '../../../src/lib/spool/opening.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-doctor-spools-'))
after(() => rmSync(folder, { recursive: true }))

const skip = process.getuid?.() !== 0
const STRANGER = 12345

/** A folder with a spool in it that ends too early, and what the doctor says of it. */
function damaged({ owner = 0, within = folder } = {}) {
  const own = mkdtempSync(join(within, 'spool-'))
  const file = join(own, 'edge.spool')
  const { db, mark, unlock } = open(file)
  db.close()
  mark.close()
  unlock()
  truncateSync(file, statSync(file).size - 1)
  if (owner > 0) for (const name of ['.', ...readdirSync(own)]) chownSync(join(own, name), owner, owner)
  const conf = join(mkdtempSync(join(folder, 'conf-')), 'relay.conf')
  const push = 'push-connect ack+tcp://far.example:1'
  writeFileSync(conf, `name edge\npull-connect tcp://127.0.0.1:1\n${push}\nspool ${own}\n`)
  async function look() {
    const { findings } = await examine([{ kind: 'configuration', word: conf }], {})
    return findings.filter(({ check }) => check === 'spools').map(({ level, what }) => `${level}: ${what}`)
  }
  return { own, file, look }
}

const TOO_SHORT = ['wrong: it is damaged: its file is too short']

test('nothing is changed, and nothing made', async () => {
  const { own, file, look } = damaged()
  rmSync(`${file}.mark`)
  const before = readdirSync(own)
  assert.deepEqual(await look(), TOO_SHORT)
  assert.deepEqual(readdirSync(own), before)
})

test('bug: what a journal beside the lock names was opened, and the journal deleted', async () => {
  const { file, look } = damaged()
  const journal = `${file}.lock-journal`
  writeFileSync(journal, Buffer.alloc(1024, 1))
  assert.deepEqual(await look(), TOO_SHORT)
  assert.ok(existsSync(journal))
})

test('one that a process has open is left to it', async () => {
  const { file, look } = damaged()
  const unlock = lockSpool(file)
  assert.deepEqual(await look(), [])
  unlock()
  assert.deepEqual(await look(), TOO_SHORT)
})

test("bug: what belongs to another was read with root's rights", { skip }, async () => {
  chmodSync(folder, 0o755)
  const { file, look } = damaged({ owner: STRANGER })
  assert.deepEqual(await look(), TOO_SHORT)
  // As whoever owns the folder may have put a file of root into it.
  const secret = join(folder, 'secret')
  writeFileSync(secret, 'of root', { mode: 0o600 })
  rmSync(file)
  linkSync(secret, file)
  assert.deepEqual(await look(), ['unknown: it cannot be looked into: permission denied'])
})

test('one of a service is below a folder that only root may enter', { skip }, async () => {
  const within = join(folder, 'private')
  mkdirSync(within, { mode: 0o700 })
  assert.deepEqual(await damaged({ owner: STRANGER, within }).look(), TOO_SHORT)
})

test('where anybody may write, root does not look', { skip }, async () => {
  const { own, look } = damaged()
  chmodSync(own, 0o1777)
  assert.deepEqual(await look(), ['unknown: it cannot be looked into: others than root may write to it'])
})

test('bug: all of a mark was read, however long', async () => {
  const { file, look } = damaged()
  truncateSync(`${file}.mark`, 2 ** 30)
  assert.match((await look()).join(), /^unknown: it cannot be looked into: it has more than \d+ bytes$/)
  assert.equal(readMark(`${file}.mark`), undefined)
})

test('a log that would take long to read is not read', async () => {
  const { file, look } = damaged()
  writeFileSync(`${file}-wal`, '')
  truncateSync(`${file}-wal`, 2 ** 29)
  assert.deepEqual(await look(), ['unknown: it cannot be looked into'])
})
