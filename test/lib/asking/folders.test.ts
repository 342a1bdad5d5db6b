import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, type TestContext, test } from 'node:test'
import { findDoors } from '../../../src/lib/asking/doors.ts'
import { checkKnown, socketFolders } from '../../../src/lib/asking/folders.ts'
import { Misuse } from '../../../src/lib/errors.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-run-'))
after(() => rmSync(folder, { recursive: true }))

/** A /run of its own. */
function runFolder(t: TestContext) {
  const run = mkdtempSync(join(folder, 'run-'))
  const user = join(run, 'user')
  async function listen(path: string) {
    mkdirSync(join(run, path, '..'), { recursive: true })
    const server = createServer().listen(join(run, path))
    await once(server, 'listening')
    t.after(() => server.close())
  }
  const folders = (env: NodeJS.ProcessEnv = { XDG_RUNTIME_DIR: user }) => socketFolders(env, run)
  const found = (env?: NodeJS.ProcessEnv, names: string[] = []) =>
    findDoors(folders(env), names).map(({ address }) => address.replace(`${run}/`, ''))
  return { run, listen, folders, found }
}

describe('where the daemons of a host are', () => {
  test('bug: services have folders of their own, and were not found', async t => {
    const { listen, found, run } = runFolder(t)
    await listen('sluice/hand.sock')
    await listen('sluice-edge/edge.sock')
    await listen('sluice-store/store.sock')
    await listen('other/other.sock')
    mkdirSync(join(run, 'sluice.root'))
    assert.deepEqual(found(), ['sluice/hand.sock', 'sluice-edge/edge.sock', 'sluice-store/store.sock'])
    assert.deepEqual(found({}, ['edge']), ['sluice-edge/edge.sock'])
    assert.deepEqual(found({}, ['hand']), ['sluice/hand.sock'])
  })

  test('who sets RUNTIME_DIRECTORY means that folder alone', async t => {
    const { listen, found, run } = runFolder(t)
    await listen('sluice-edge/edge.sock')
    await listen('mine/x.sock')
    const env = { RUNTIME_DIRECTORY: join(run, 'mine') }
    assert.deepEqual(found(env), ['mine/x.sock'])
    assert.deepEqual(found(env, ['edge']), ['mine/edge.sock'])
  })

  test('links, and what is no socket, are not asked', async t => {
    const { listen, found, run } = runFolder(t)
    await listen('sluice-edge/edge.sock')
    symlinkSync(join(run, 'sluice-edge/edge.sock'), join(run, 'sluice-edge/link.sock'))
    writeFileSync(join(run, 'sluice-edge/file.sock'), '')
    chmodSync(join(run, 'sluice-edge/file.sock'), 0o666)
    assert.deepEqual(found(), ['sluice-edge/edge.sock'])
  })

  test('bug: a thousand sockets of one service were asked, and before those of others', async t => {
    const { listen, found, run } = runFolder(t)
    await listen('sluice/hand.sock')
    for (let n = 0; n < 100; n++) await listen(`sluice-edge/a${n}.sock`)
    for (const name of ['edge', 'edge.parse.1']) await listen(`sluice-edge/${name}.sock`)
    for (const name of ['store', 'store.json.1']) await listen(`sluice-store/${name}.sock`)
    const all = found()
    assert.deepEqual(all.slice(0, 6), [
      'sluice/hand.sock',
      'sluice-edge/edge.sock',
      'sluice-store/store.sock',
      'sluice-edge/edge.parse.1.sock',
      'sluice-store/store.json.1.sock',
      'sluice-edge/a0.sock',
    ])
    assert.equal(all.length, 3 + 72)
    for (let n = 0; n < 300; n++) writeFileSync(join(run, `sluice/a${n}.sock`), '')
    assert.ok(!found().includes('sluice/hand.sock'))
  })

  test('a folder that is not there has no daemons', () => {
    assert.deepEqual(findDoors({ own: '/nowhere/at/all', others: ['/nowhere/either'] }), [])
  })

  test('a daemon that is named is expected to answer', () => {
    const [door] = findDoors({ own: '/nowhere/sluice', others: [] }, ['edge'])
    assert.deepEqual([door!.address, door!.named], ['/nowhere/sluice/edge.sock', true])
  })

  test('without a folder, whom to ask must be said', () => {
    assert.throws(() => checkKnown({ own: undefined, others: [] }), Misuse)
  })
})
