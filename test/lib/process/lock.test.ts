import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { takeLock } from '../../../src/lib/process/lock.ts'

const skip = process.platform === 'linux' ? false : 'only Linux has these locks'

test('one at a time holds a name, and may give it back', { skip }, async () => {
  const name = randomUUID()
  const release = await takeLock(name)
  assert.ok(release)
  assert.equal(await takeLock(name), undefined)
  const other = await takeLock(`${name}-2`)
  assert.ok(other)
  other()
  release()
  const again = await takeLock(name)
  assert.ok(again)
  again()
})

test('a name may be longer than the path of a socket', { skip }, async () => {
  const release = await takeLock(`${randomUUID()}${'x'.repeat(1000)}`)
  assert.ok(release)
  release()
})

test('of many who ask at once, one gets it', { skip }, async () => {
  const name = randomUUID()
  const taken = (await Promise.all(Array.from({ length: 20 }, () => takeLock(name)))).filter(Boolean)
  assert.equal(taken.length, 1)
  taken[0]!()
})

test('a killed process holds nothing', { skip }, async () => {
  const name = randomUUID()
  const holder = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    `const { takeLock } = await import(${JSON.stringify(import.meta.resolve('../../../src/lib/process/lock.ts'))})
     console.log(Boolean(await takeLock(${JSON.stringify(name)})))
     setInterval(() => {}, 1000)`,
  ])
  const [line] = await once(holder.stdout, 'data')
  assert.equal(String(line), 'true\n')
  assert.equal(await takeLock(name), undefined)
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  const release = await takeLock(name)
  assert.ok(release)
  release()
})

test('somebody who connects is sent away', { skip }, async () => {
  const name = randomUUID()
  const release = await takeLock(name)
  const path = `\0sluice:${name}`
  const stranger = connect(path)
  await once(stranger, 'close')
  release!()
})

for (const [how, words] of [
  ['listens', 'listening.listen()'],
  ['does not listen', 'pass'],
  [
    'lets nobody in',
    'listening.listen(0)\nfull = [socket.socket(socket.AF_UNIX) for n in range(2)]\nfor one in full:\n  one.setblocking(False)\n  one.connect_ex(name)',
  ],
] as const)
  test(`bug: any user of the host could take the name first: one who ${how}`, {
    skip: skip || (process.getuid?.() !== 0 && 'needs two users'),
  }, async t => {
    const name = randomUUID()
    const script = `${STRANGER}\n${words}\nprint('there', flush=True)\nwhile True: time.sleep(60)`
    const stranger = spawn('python3', ['-c', script, name])
    t.after(() => stranger.kill())
    await once(stranger.stdout, 'data')
    // Somebody uses what is to be locked: it is another process of ours, which found the name taken as well.
    assert.equal(await takeLock(name, async () => true), undefined)
    const release = await takeLock(name)
    assert.ok(release)
    release()
    stranger.kill()
    await once(stranger, 'exit')
    const own = await takeLock(name)
    assert.equal(await takeLock(name), undefined)
    own!()
  })

/** Has the name, as another user. */
const STRANGER = `
import os, socket, sys, time
os.setuid(12345)
name = '\\0sluice:' + sys.argv[1]
listening = socket.socket(socket.AF_UNIX)
listening.bind(name)`
