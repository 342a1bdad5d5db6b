import assert from 'node:assert/strict'
import { mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { FileWatch } from '../../../src/lib/tls/watch.ts'

function watched(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'host.pem')
  writeFileSync(path, 'one')
  t.mock.timers.enable({ apis: ['setInterval'] })
  const changed = t.mock.fn()
  const watch = new FileWatch([path, join(folder, 'never-there')])
  const start = () => watch.start(changed, 1000)
  const look = () => {
    t.mock.timers.tick(1000)
    return changed.mock.callCount()
  }
  return { folder, path, look, start }
}

test('tells of a file that was written, replaced, taken away', t => {
  const { folder, path, look, start } = watched(t)
  const end = start()
  assert.equal(look(), 0)
  writeFileSync(path, 'three')
  assert.equal(look(), 1)
  assert.equal(look(), 1)
  writeFileSync(join(folder, 'new'), 'three')
  renameSync(join(folder, 'new'), path)
  assert.equal(look(), 2)
  unlinkSync(path)
  assert.equal(look(), 3)
  end()
  writeFileSync(path, 'three')
  assert.equal(look(), 3)
})

test('tells of a link that was set anew', t => {
  const { folder, path, look, start } = watched(t)
  start()
  writeFileSync(join(folder, 'two'), 'one')
  unlinkSync(path)
  symlinkSync(join(folder, 'two'), path)
  assert.equal(look(), 1)
})

test('tells of what was written between the beginning and the start', t => {
  const { path, look, start } = watched(t)
  writeFileSync(path, 'three')
  start()
  assert.equal(look(), 1)
})
