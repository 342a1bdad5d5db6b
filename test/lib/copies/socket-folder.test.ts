import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openSocketFolder } from '../../../src/lib/copies/socket-folder.ts'

function runtimeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The folder of its sockets, which is gone when it is removed. */
function folderOf(runtime: string | undefined, name: string): string {
  const { endpointOf, remove } = openSocketFolder(runtime, name, ['one'])
  const folder = dirname(endpointOf('one').slice('ack+ipc://'.length))
  assert.equal(statSync(folder).mode & 0o777, 0o700)
  remove()
  assert.ok(!existsSync(folder))
  return folder
}

test('the sockets are in the runtime folder, which is made where it is not there', t => {
  const runtime = runtimeFolder(t)
  assert.equal(folderOf(runtime, 'chain'), join(runtime, 'chain.links'))
  assert.equal(folderOf(join(runtime, 'new'), 'chain'), join(runtime, 'new/chain.links'))
})

test('one that an earlier life left behind is taken over', t => {
  const runtime = runtimeFolder(t)
  openSocketFolder(runtime, 'chain', ['one'])
  assert.equal(folderOf(runtime, 'chain'), join(runtime, 'chain.links'))
})

test('without a runtime folder, or with one that will not do, they are in one for temporary files', t => {
  const runtime = runtimeFolder(t)
  writeFileSync(join(runtime, 'file'), '')
  for (const unfit of [
    undefined,
    join(runtime, 'file'),
    join(runtime, 'what?'),
    join(runtime, 'x'.repeat(100)),
  ])
    assert.equal(dirname(folderOf(unfit, 'chain')), tmpdir())
})
