// npm run demo:events, as somebody who tries it for the first time.
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from './support/port.ts'
import { root, Sluice } from './support/process.ts'

test('demo:events shows and counts what its shops send, and one of yours, and leaves nothing behind', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-demo-test-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const [udp, hub, count] = [await freePort(), await freePort(), await freePort()]
  const where = ['--udp', `127.0.0.1:${udp}`, '--hub', `127.0.0.1:${hub}`, '--count', `127.0.0.1:${count}`]
  const demo = new Sluice(
    t,
    process.execPath,
    ['scripts/demo/events.ts', '--past', '0.5', '--rate', '100', ...where],
    { cwd: root, env: { TMPDIR: folder } },
  )
  await demo.until('where to look', ({ stdout }) => stdout.includes('Ctrl-C ends it'))
  const events = await fetch(`http://127.0.0.1:${hub}/events?topic=pageview&last=1`)
  const { value } = await events.body!.getReader().read()
  assert.ok(value)

  const socket = createSocket('udp4')
  t.after(() => socket.close())
  socket.send('{"type":"hello","time":"2026-03-01T12:00:00Z","data":{"account":"you"}}', udp, '127.0.0.1')
  while ((await countsOf(count, 'you/hello/2026'))['03'] !== 1) await wait(50)
  const years = [new Date(Date.now() - 1800_000), new Date()].map(time => time.getUTCFullYear())
  for (const year of new Set(years)) {
    const months = Object.values(await countsOf(count, `acme/pageview/${year}`))
    assert.ok(months.length > 0 && months.every(n => n > 0), `${year}: ${months}`)
  }
  const another = new Sluice(t, process.execPath, ['scripts/demo/events.ts', ...where], { cwd: root })
  assert.equal(await another.exited, 70)
  assert.match(another.stderr, /EADDRINUSE.*--hub/)
  assert.equal(await demo.stop(), 0)
  assert.doesNotMatch(demo.stderr, /Warning/)
  assert.deepEqual(readdirSync(folder), [])
})

async function countsOf(port: number, key: string): Promise<{ [part: string]: number }> {
  return (await fetch(`http://127.0.0.1:${port}/${key}`)).json() as Promise<{ [part: string]: number }>
}

test('demo:events says which of its options is wrong', async t => {
  const demo = new Sluice(t, process.execPath, ['scripts/demo/events.ts', '--rate', 'fast'], { cwd: root })
  assert.equal(await demo.exited, 64)
  assert.match(demo.stderr, /--rate fast: write a number over 0/)
})
