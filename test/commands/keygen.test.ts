// What keygen does where a file cannot be written, or says what it should not. (What it makes: test/links/curve.test.ts.)
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createKeyPair, formatKeyFile } from '../../src/lib/curve/key-file.ts'
import { smallDisk } from '../support/disk.ts'
import { Sluice } from '../support/process.ts'

async function keygen(t: TestContext, ...args: string[]) {
  const run = new Sluice(t, 'sluice', ['keygen', ...args])
  return { code: await run.exited, stdout: run.stdout, stderr: run.stderr }
}

test('a full disk: no file is left, and the next attempt finds none in its way', async t => {
  const disk = smallDisk(t, 1)
  if (disk === undefined) return t.skip('one may not mount here')
  mkdirSync(join(disk, 'keys'))
  const filler = join(disk, 'filler')
  writeFileSync(filler, '')
  try {
    for (;;) writeFileSync(filler, Buffer.alloc(4096), { flag: 'a' })
  } catch {
    // It is full.
  }
  const { code, stdout, stderr } = await keygen(t, join(disk, 'keys/key'))
  assert.deepEqual([code, stdout], [70, ''])
  assert.equal(stderr, `sluice keygen: ${join(disk, 'keys/key')}: no space left on device\n`)
  assert.deepEqual(readdirSync(join(disk, 'keys')), [])
  rmSync(filler)
  assert.equal((await keygen(t, join(disk, 'keys/key'))).code, 0)
  assert.deepEqual(readdirSync(join(disk, 'keys')), ['key', 'key.pub'])
})

test('a certificate of CZMQ whose name is none of ours is not taken for one of this host', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-keygen-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const { publicKey } = createKeyPair()
  const cert = join(folder, 'cert')
  writeFileSync(cert, formatKeyFile('the relay of Bob', { publicKey }), { mode: 0o644 })
  const { code, stdout, stderr } = await keygen(t, '--show', cert)
  assert.deepEqual([code, stdout], [64, ''])
  assert.match(stderr, /cert: the name "the relay of Bob" cannot name the sender of records; write one of/)
  assert.equal((await keygen(t, '--show', cert, '--name', 'bob')).stdout, `${publicKey} bob\n`)
})
