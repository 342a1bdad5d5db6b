import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { takeAbstract, takeLock } from '../../../src/lib/process/lock.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-lock-'))
after(() => rmSync(folder, { recursive: true }))

const isRoot = process.getuid?.() === 0
const skip = process.platform === 'linux' ? false : 'only Linux has these locks'
const module = JSON.stringify(import.meta.resolve('../../../src/lib/process/lock.ts'))

/** Another process that runs this with `takeLock`, and what it says first. */
async function other(code: string) {
  const script = `const { takeLock } = await import(${module})\n${code}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [said] = await once(child.stdout, 'data')
  return { child, said: String(said).trim() }
}

/** What each kind of lock is taken by. */
const kinds = [
  ['at a path', takeLock, () => join(folder, randomUUID())],
  ['of a name', takeAbstract, () => randomUUID()],
] as const

for (const [what, take, fresh] of kinds)
  describe(`a lock ${what}`, { skip }, () => {
    test('one at a time holds it, and may give it back', async () => {
      const name = fresh()
      const release = await take(name)
      assert.ok(release)
      assert.equal(await take(name), undefined)
      // The failed try has not ended it.
      assert.equal(await take(name), undefined)
      const another = await take(`${name}-2`)
      assert.ok(another)
      another()
      release()
      // Some are given back twice, where a start fails.
      release()
      const again = await take(name)
      assert.ok(again)
      again()
    })

    test('of many who ask at once, one gets it', async () => {
      const name = fresh()
      const taken = (await Promise.all(Array.from({ length: 20 }, () => take(name)))).filter(Boolean)
      assert.equal(taken.length, 1)
      taken[0]!()
    })
  })

describe('a lock at a path', { skip }, () => {
  test('a killed process holds nothing', async () => {
    const path = join(folder, 'killed')
    const { child, said } = await other(
      `console.log(Boolean(await takeLock(${JSON.stringify(path)}))); setInterval(() => {}, 1000)`,
    )
    assert.equal(said, 'true')
    assert.equal(await takeLock(path), undefined)
    child.kill('SIGKILL')
    await once(child, 'exit')
    const release = await takeLock(path)
    assert.ok(release)
    release()
  })

  test('nothing is left of one that was given back', async () => {
    const own = mkdtempSync(join(folder, 'own-'))
    const release = await takeLock(join(own, 'x'))
    assert.deepEqual(readdirSync(own), ['x.lock'])
    release!()
    assert.deepEqual(readdirSync(own), [])
  })

  test('processes that take it and give it back are never two at a time', async () => {
    const path = join(folder, 'busy')
    const mark = JSON.stringify(join(folder, 'mark'))
    // Each makes the mark while it holds the lock, and fails where there is one.
    const code = `
      import { closeSync, openSync, rmSync } from 'node:fs'
      let held = 0
      while (held < 200) {
        const release = await takeLock(${JSON.stringify(path)})
        if (!release) continue
        closeSync(openSync(${mark}, 'wx'))
        rmSync(${mark})
        held++
        release()
      }
      console.log(held)`
    const all = await Promise.all([other(code), other(code), other(code)])
    assert.deepEqual(
      all.map(({ said }) => said),
      ['200', '200', '200'],
    )
  })

  test('bug: any user of the host could take the name first, or read it and take it later', async t => {
    const path = join(folder, 'wanted')
    const stranger = createServer().listen(`\0sluice:${path}`)
    await once(stranger, 'listening')
    t.after(() => stranger.close())
    const release = await takeLock(path)
    assert.ok(release)
    release()
  })

  test('it is for whom the folder is for', async () => {
    const own = mkdtempSync(join(folder, 'own-'))
    const modeOf = async (name: string) => {
      const release = await takeLock(join(own, name))
      const { mode, uid, gid } = statSync(join(own, `${name}.lock`))
      release!()
      return [mode & 0o777, ...(isRoot ? [uid, gid] : [])]
    }
    chmodSync(own, 0o755)
    if (isRoot) chownSync(own, 12345, 23456)
    assert.deepEqual(await modeOf('a'), [0o600, ...(isRoot ? [12345, 0] : [])])
    chmodSync(own, 0o2770)
    assert.deepEqual(await modeOf('b'), [0o660, ...(isRoot ? [12345, 23456] : [])])
  })

  test('what is no empty file is left alone', async () => {
    writeFileSync(join(folder, 'full.lock'), 'mine')
    mkdirSync(join(folder, 'dir.lock'))
    for (const name of ['full', 'dir'])
      await assert.rejects(takeLock(join(folder, name)), /there is something else of that name/)
    assert.equal(readFileSync(join(folder, 'full.lock'), 'utf8'), 'mine')
  })

  test('where nothing can be made, it is a name', async () => {
    for (const path of ['/proc/nowhere', join(folder, 'not-there/x'), `/proc/${'x'.repeat(200)}`]) {
      const release = await takeLock(path)
      assert.ok(release)
      assert.equal(await takeLock(path), undefined)
      assert.ok(!existsSync(`${path}.lock`))
      release()
    }
  })
})

test('who connects to a lock of a name is sent away', { skip }, async () => {
  const name = randomUUID()
  const release = await takeAbstract(name)
  const stranger = connect(`\0sluice:${name}`)
  await once(stranger, 'close')
  release!()
})
