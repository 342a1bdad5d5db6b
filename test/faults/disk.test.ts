// A disk that is full, or that fails: nothing is acknowledged that is not on it, and all goes on when it can.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { orSkip } from '../servers/available.ts'
import { fill, smallDisk } from '../support/disk.ts'
import { freePort } from '../support/port.ts'
import { bulkStub, emptied, endBalanced, fileEnd, numbersInFile, spoolOf, unreadiness } from './ends.ts'
import { Generator } from './generator.ts'
import { eventOf, numbersCounted } from './minutes.ts'
import { LONG } from './random.ts'
import { Service } from './service.ts'
import { Shim } from './shim.ts'
import { numbersInStore } from './store.ts'
import { standstill, until } from './wait.ts'

const RATE = 5_000
/** Milliseconds without an acknowledgement that count as none. */
const QUIET = LONG ? 15_000 : 1_500

const ack = async () => `ack+tcp://127.0.0.1:${await freePort()}`
const record = () => ({ message: 'x'.repeat(2_000) })

function diskOrSkip(t: TestContext, mebibytes: number): Promise<string | undefined> {
  return orSkip(t, async () => smallDisk(t, mebibytes) ?? assert.fail('only root may mount a file system'))
}

/** It says why it waits, and acknowledges nothing any more: what is under way stays within the window. */
async function heldUp(service: Service, generator: Generator, why: RegExp): Promise<void> {
  await until(`${service.name} not ready: ${why}`, async () => why.test(await unreadiness(service)))
  await standstill('acknowledgements', () => generator.acknowledged.size, QUIET)
  assert.match(await unreadiness(service), why)
  const waiting = generator.sent - generator.acknowledged.size
  assert.ok(waiting > 0 && waiting * generator.size < 17 * 2 ** 20, `${waiting} records are under way`)
}

async function goesOn(service: Service, generator: Generator): Promise<void> {
  await generator.more(RATE)
  await until(`${service.name} ready`, async () => (await unreadiness(service)) === '')
}

/** A daemon that keeps things on a disk, and the numbers of what it keeps. */
interface Keeper {
  service: Service
  numbers(): number[] | Promise<number[]>
  once: boolean
  /** What the generator is to send. */
  record?: (number: number) => object
}

type Open = (t: TestContext, pull: string, disk: string, env?: NodeJS.ProcessEnv) => Promise<Keeper>

const KEEPERS: { readonly [what: string]: Open } = {
  async 'the store'(t, pull, disk, env = {}) {
    const http = await freePort()
    const args = ['--pull-bind', pull, '--http', `127.0.0.1:${http}`, '--path', join(disk, 'store')]
    const service = new Service(t, 'sluice-store', args, { env })
    return { service, numbers: () => numbersInStore(http), once: true }
  },
  async counts(t, pull, disk, env = {}) {
    const http = await freePort()
    const args = ['--pull-bind', pull, '--http', `127.0.0.1:${http}`, '--key', '{type}']
    const service = new Service(t, 'sluice-count', [...args, '--store', `sqlite://${disk}/counts`], { env })
    return { service, numbers: () => numbersCounted(http), once: true, record: eventOf }
  },
  async 'a file'(t, pull, disk, env = {}) {
    const out = join(disk, 'out')
    const service = new Service(t, 'sluice-relay', ['--pull-bind', pull, '--push-connect', `file://${out}`], {
      env,
    })
    return { service, numbers: () => numbersInFile(out, { whole: true }), once: false }
  },
  async 'dead letters'(t, pull, disk, env = {}) {
    const dead = join(disk, 'dead')
    const refused = { status: 400, error: { type: 'document_parsing_exception', reason: 'every tenth' } }
    const { node, numbers } = await bulkStub(t, { item: id => (id.endsWith('0') ? refused : undefined) })
    const args = [
      '--pull-bind',
      pull,
      '--node',
      node,
      '--dead-letters',
      `file://${dead}`,
      '--batch-delay',
      '50ms',
    ]
    const service = new Service(t, 'sluice-elasticsearch', args, { env })
    return { service, numbers: async () => [...numbers(), ...(await numbersInFile(dead))], once: false }
  },
}

describe('a disk', { concurrency: 4 }, () => {
  test('the disk of a spool: full of the spool, and then of another file, in one run', async t => {
    const disk = await diskOrSkip(t, 100)
    if (disk === undefined) return
    const [pull, push] = [await ack(), await ack()]
    const relay = new Service(t, 'sluice-relay', [
      '--pull-bind',
      pull,
      '--spool',
      disk,
      '--push-connect',
      push,
    ])
    const generator = await Generator.open(t, pull, { rate: RATE, record })
    generator.start()

    await heldUp(relay, generator, /have to stay free/)
    const { books } = spoolOf(await relay.status())
    assert.ok(generator.acknowledged.size <= books.in, 'acknowledged is what is in the spool')
    const sink = fileEnd(t, ['--pull-bind', push])
    await goesOn(relay, generator)

    // At once: what goes on filling it takes the reserve as well, and then nothing can be deleted before there is room.
    const { child } = relay.run
    child.kill('SIGSTOP')
    const empty = fill(disk)
    child.kill('SIGCONT')
    await heldUp(relay, generator, /have to stay free|the disk is full/)
    // What it has can be delivered, and deleted, where there is no room at all.
    await emptied(relay)
    await standstill('acknowledgements', () => generator.acknowledged.size, QUIET)
    empty()
    await goesOn(relay, generator)

    await generator.finish()
    await emptied(relay)
    assert.equal(relay.starts, 1)
    generator.check(await sink.numbers(), { once: false })
    await endBalanced([relay, sink.service])
  })

  for (const [what, open] of Object.entries(KEEPERS)) {
    test(`the disk of ${what}: full twice in one run`, async t => {
      const disk = await diskOrSkip(t, ['the store', 'counts'].includes(what) ? 100 : 40)
      if (disk === undefined) return
      const pull = await ack()
      const { service, numbers, once, ...events } = await open(t, pull, disk)
      const generator = await Generator.open(t, pull, { rate: RATE / 5, ...events })
      generator.start()
      for (let round = 0; round < 2; round++) {
        await generator.more(RATE / 5)
        const empty = fill(disk)
        await heldUp(service, generator, /cannot write|the disk is full/)
        empty()
        await goesOn(service, generator)
      }
      await generator.finish()
      generator.check(await numbers(), { once })
      await endBalanced([service])
    })
  }
})

const FAILURES: { readonly [what: string]: (shim: Shim, fail: boolean) => void } = {
  fsync: (shim, fail) => {
    shim.syncsFail = fail
  },
  write: (shim, fail) => {
    shim.writesFail = fail
  },
}

describe('a disk that fails', { concurrency: 8 }, () => {
  for (const [call, set] of Object.entries(FAILURES)) {
    test(`${call} fails below a spool: exit 70, and nothing is acknowledged that is not in it`, async t => {
      const [shim] = (await orSkip(t, () => Shim.compile(t))) ?? []
      if (!shim) return
      const [pull, push] = [await ack(), await ack()]
      const sink = fileEnd(t, ['--pull-bind', push])
      const args = ['--pull-bind', pull, '--spool', 'spool', '--push-connect', push]
      const relay = new Service(t, 'sluice-relay', args, { env: shim.env })
      await relay.ready()
      const generator = await Generator.open(t, pull, { rate: RATE / 5 })
      shim.syncsLose = true

      /** Ends in it, with one line that says why. */
      const failsIn = async () => {
        await until('its end', () => relay.run.child.exitCode !== null)
        assert.equal(await relay.run.exited, 70, relay.run.stderr)
        assert.ok(shim.failed > 0)
        const [fatal, ...more] = relay.run.logs.filter(({ level }) => level === 'fatal')
        assert.match(fatal?.msg ?? '', /^the spool .*relay\.spool: .*(I\/O error|EIO)/)
        assert.deepEqual(more, [])
      }
      // From the first batch on: not one may be acknowledged.
      set(shim, true)
      generator.start()
      await failsIn()
      assert.equal(generator.acknowledged.size, 0)
      set(shim, false)
      relay.restart()
      // And with some in it.
      for (let round = 0; round < (LONG ? 20 : 2); round++) {
        await generator.more(RATE / 5)
        set(shim, true)
        await failsIn()
        set(shim, false)
        relay.restart()
      }
      await generator.finish()
      await emptied(relay)
      if (call === 'fsync') assert.ok(shim.lost > 0, 'nothing was lost that was not synced')
      generator.check(await sink.numbers(), { once: false })
      await endBalanced([relay, sink.service])
    })

    for (const [what, open] of Object.entries(KEEPERS)) {
      test(`${call} fails below ${what}: nothing is acknowledged meanwhile, and it goes on by itself`, async t => {
        const [shim] = (await orSkip(t, () => Shim.compile(t))) ?? []
        if (!shim) return
        const folder = mkdtempSync(join(tmpdir(), 'sluice-keeper-'))
        t.after(() => rmSync(folder, { recursive: true, force: true }))
        const pull = await ack()
        const { service, numbers, once, ...events } = await open(t, pull, folder, shim.env)
        await service.ready()
        const generator = await Generator.open(t, pull, { rate: RATE / 5, ...events })
        set(shim, true)
        generator.start()
        await until('failures', () => shim.failed >= 3)
        assert.match(await unreadiness(service), /cannot (write|open)/)
        // Dead letters are some of each batch.
        assert.equal(generator.acknowledged.size, 0)
        set(shim, false)
        await goesOn(service, generator)
        set(shim, true)
        await heldUp(service, generator, /cannot (write|open)/)
        set(shim, false)
        await goesOn(service, generator)
        await generator.finish()
        generator.check(await numbers(), { once })
        assert.equal(service.starts, 1)
        await endBalanced([service])
      })
    }
  }
})
