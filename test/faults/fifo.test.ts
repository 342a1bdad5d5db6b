// kill -9 of sluice-tail that reads a named pipe into a spool: lost is at most what was read and not on the disk yet.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from '../support/port.ts'
import { LONG, Random } from './random.ts'
import { Service } from './service.ts'
import { messagesInStore } from './store.ts'
import { until } from './wait.ts'

const KILLS = LONG ? 30 : 3
const RATES = LONG ? [1_000, 10_000, 40_000] : [5_000]
const PERIOD = 10
/** Bytes of a line. */
const LINE = 100
/** Bytes: --fifo-window, a chunk more that was read when there was still room, and the line that was cut. */
const MOST = 256 * 1024 + 64 * 1024 + LINE

for (const rate of RATES)
  test(`${KILLS} times kill -9 at ${rate} lines a second`, async t => {
    const random = new Random(t)
    const folder = mkdtempSync(join(tmpdir(), 'sluice-fifo-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    const [link, http] = [await freePort(), await freePort()]
    const store = new Service(t, 'sluice-store', [
      ...['--pull-bind', `ack+tcp://127.0.0.1:${link}`],
      ...['--http', `127.0.0.1:${http}`, '--path', 'store'],
    ])
    const tail = new Service(t, 'sluice-tail', [
      ...['--fifo', pipe, '--spool', 'spool'],
      ...['--push-connect', `ack+tcp://127.0.0.1:${link}`],
    ])
    await Promise.all([store.ready(), tail.ready()])
    // Open for reading too, as rsyslog has it: the pipe keeps what is in it while nobody else has it open.
    const fd = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK)
    t.after(() => closeSync(fd))
    let written = 0
    let due = 0
    const timer = setInterval(() => {
      due += (rate * PERIOD) / 1000
      for (; written < due; written++) {
        const line = `number ${written} `.padEnd(LINE - 1, '.')
        try {
          writeSync(fd, `${line}\n`)
        } catch {
          return
        }
      }
    }, PERIOD)
    t.after(() => clearInterval(timer))
    for (let n = 0; n < KILLS; n++) {
      const before = written
      await until('some lines', () => written > before + rate * random.next())
      await tail.kill()
      await tail.ready()
    }
    await wait(200)
    clearInterval(timer)
    const last = `number ${written - 1} `.padEnd(LINE - 1, '.')
    await until('the last line', async () => (await messagesInStore(http)).includes(last))
    const stored = await messagesInStore(http)
    const there = new Set(stored.map(text => Number(/^number (\d+) \.+$/.exec(text)?.[1])))
    const lost = Array.from({ length: written }, (_, n) => n).filter(n => !there.has(n))
    t.diagnostic(
      `${written} lines, ${KILLS} kills: ${lost.length} lost, ${(lost.length / KILLS).toFixed(1)} a kill`,
    )
    assert.ok(lost.length * LINE <= KILLS * MOST, `${lost.length} lost`)
    assert.equal(await tail.stop(), 0)
  })
