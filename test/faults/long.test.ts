// A sink that is down for long: the memory of what waits for it stays flat, and the disk grows as computed.
import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from '../support/port.ts'
import { emptied, endBalanced, fileEnd, spoolOf } from './ends.ts'
import { Generator } from './generator.ts'
import { LONG } from './random.ts'
import { Service } from './service.ts'

const RATE = 20_000
const SECONDS = Number(process.env.SLUICE_FAULTS_SECONDS ?? 600)
/** It is looked at so often. */
const EVERY = Math.min(60, SECONDS / 4)
/** What is read ahead, the page cache of SQLite, and the garbage of a busy minute. */
const MOST_GROWTH = 64 * 2 ** 20

const mebibytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`

test(`a sink that is down for ${SECONDS} s at ${RATE} records a second`, {
  skip: LONG ? false : 'a part of npm run faults',
}, async t => {
  const [pull, push] = [`ack+tcp://127.0.0.1:${await freePort()}`, `ack+tcp://127.0.0.1:${await freePort()}`]
  const relay = new Service(t, 'sluice-relay', [
    '--pull-bind',
    pull,
    '--spool',
    'spool',
    '--push-connect',
    push,
  ])
  await relay.ready()
  const generator = await Generator.open(t, pull, { rate: RATE })
  const memory = () =>
    4096 * Number(readFileSync(`/proc/${relay.run.child.pid}/statm`, 'latin1').split(' ')[1])
  const look = async () => {
    const { records, bytes } = spoolOf(await relay.status())
    const file = statSync(join(relay.folder, 'spool/relay.spool')).size
    return { records, bytes, file, memory: memory() }
  }
  generator.start()
  const start = performance.now()
  const looks = []
  for (let second = EVERY; second <= SECONDS; second += EVERY) {
    await wait(start + second * 1_000 - performance.now())
    const now = await look()
    looks.push(now)
    t.diagnostic(
      `${Math.round(second)} s: memory ${mebibytes(now.memory)}, ${now.records} records, ${mebibytes(now.bytes)} in a file of ${mebibytes(now.file)}`,
    )
  }
  const [first, last] = [looks[0]!, looks.at(-1)!]
  const most = Math.max(...looks.map(({ memory }) => memory))
  assert.ok(
    most - first.memory < MOST_GROWTH,
    `memory grew from ${mebibytes(first.memory)} to ${mebibytes(most)}`,
  )
  // It keeps up with the rate, a record takes the same all the time, and the file little more than what is in it.
  assert.ok(last.records > 0.9 * RATE * SECONDS, `${last.records} records`)
  const each = first.bytes / first.records
  assert.ok(Math.abs(last.bytes / last.records / each - 1) < 0.05, `${each} bytes a record, and later others`)
  assert.ok(last.file < last.bytes * 1.3 + 32 * 2 ** 20, `a file of ${last.file} for ${last.bytes} bytes`)

  const sink = fileEnd(t, ['--pull-bind', push])
  await generator.finish()
  await emptied(relay, SECONDS * 1_000 + 60_000)
  t.diagnostic(`delivered ${generator.sent} after ${Math.round((performance.now() - start) / 1_000)} s`)
  generator.check(await sink.numbers(), { once: false })
  assert.ok(memory() - first.memory < 2 * MOST_GROWTH, `${mebibytes(memory())} when all is delivered`)
  await endBalanced([relay, sink.service])
})
