import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeFolder } from '../../src/lib/folder.ts'

test('makes a folder with those above it, and takes one that is there', t => {
  const base = mkdtempSync(join(tmpdir(), 'sluice-folder-'))
  t.after(() => rmSync(base, { recursive: true }))
  const path = join(base, 'a/b/c')
  makeFolder(path)
  makeFolder(path)
  assert.ok(statSync(path).isDirectory())
  assert.equal(statSync(join(base, 'a')).mode & 0o027, 0)
  writeFileSync(join(base, 'file'), '')
  assert.throws(() => makeFolder(join(base, 'file')), /file is there, and is no folder$/)
  assert.throws(() => makeFolder(join(base, 'file/in')), /ENOTDIR/)
})

test("bug: below /proc, Node's own never returned", () => {
  assert.throws(() => makeFolder('/proc/sluice/deep'), /ENOENT|EACCES|EPERM/)
})
