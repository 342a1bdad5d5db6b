import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { takeName } from '../../../src/lib/process/place.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-place-'))
after(() => rmSync(folder, { recursive: true }))

test('bug: where no admin socket can be, a name was always taken', async () => {
  const long = join(folder, 'x'.repeat(120))
  mkdirSync(long)
  const plain = join(folder, 'plain')
  writeFileSync(plain, '')
  for (const runtime of [long, plain, join(folder, 'not-there')]) {
    const env = { RUNTIME_DIRECTORY: runtime }
    const release = await takeName('edge', env)
    assert.ok(release, runtime)
    if (process.platform === 'linux') assert.equal(await takeName('edge', env), undefined)
    release()
  }
})

test('one whose lock is not to be seen from here, in another network namespace, has the name', async t => {
  const server = createServer().listen(join(folder, 'edge.sock'))
  await once(server, 'listening')
  t.after(() => server.close())
  assert.equal(await takeName('edge', { RUNTIME_DIRECTORY: folder }), undefined)
  const other = await takeName('other', { RUNTIME_DIRECTORY: folder })
  assert.ok(other)
  other()
})
