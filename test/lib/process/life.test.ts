import assert from 'node:assert/strict'
import { dirname } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { pino } from 'pino'
import { type Daemon, type FilterRecord, filter, source } from '../../../src/lib/daemon.ts'
import { EXIT } from '../../../src/lib/process/exit.ts'
import { Life } from '../../../src/lib/process/life.ts'
import { SpoolInUse } from '../../../src/lib/spool/errors.ts'
import { lockSpool } from '../../../src/lib/spool/lock.ts'
import { SpoolFile } from '../../../src/lib/spool/spool-file.ts'
import { planStage } from '../../../src/lib/stage/plan.ts'
import { HandedSockets } from '../../../src/lib/systemd/sockets.ts'
import { settled } from '../../support/link.ts'
import { freePort } from '../../support/port.ts'
import { batch, spoolPath, work } from '../../support/spool.ts'

/** Takes a piece, and is done with it when the test says so. */
class SlowOutput extends Writable {
  readonly #taken = Promise.withResolvers<void>()
  readonly #done = Promise.withResolvers<void>()

  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    this.#taken.resolve()
    this.#done.promise.then(done)
  }

  /** Settles as soon as there is a piece. */
  get taken(): Promise<void> {
    return this.#taken.promise
  }

  finish(): void {
    this.#done.resolve()
  }
}

/** A daemon with a spool, whose other end is the output; perhaps with another one before it. */
function lifeOf(
  t: TestContext,
  daemon: Daemon,
  { flags = [], before }: { flags?: [flag: string, values: string[]][]; before?: Daemon } = {},
) {
  const path = spoolPath(t)
  const folder = dirname(path)
  const stdout = new SlowOutput()
  const messages: string[] = []
  const around = { stdin: true, stdout: true, terminal: false }
  const written = new Map([['spool', [folder]], ...flags])
  const plan = planStage('test', daemon, written, {}, { ...around, ...(before && { before: 'before' }) })
  const life = new Life({
    name: 'test',
    command: 'test',
    options: { name: 'test', admin: undefined, grace: 10_000 },
    plans: before ? [planStage('before', before, new Map(), {}, { ...around, after: 'test' }), plan] : [plan],
    sockets: new HandedSockets({ sockets: [] }),
    log: pino({ base: null }, { write: line => void messages.push(JSON.parse(line).msg) }),
    host: {
      execPath: process.execPath,
      execArgv: [],
      stdin: new PassThrough(),
      stdout,
      exit: code => assert.fail(`it ended with ${code}: ${messages.join('; ')}`),
    },
    env: { RUNTIME_DIRECTORY: folder, STATE_DIRECTORY: folder },
  })
  return { life, path, stdout, messages }
}

/** Waits until nobody has the spool open. */
async function released(path: string): Promise<void> {
  for (;;) {
    try {
      lockSpool(path)()
      return
    } catch (error) {
      if (!(error instanceof SpoolInUse)) throw error
      await settled()
    }
  }
}

const LEFT = 'stopped with records in the spool; the next start sends them'

test('bug: stopped while it was opening, it left records in the spool and exited with 0', async t => {
  const opening = Promise.withResolvers<void>()
  const opened = Promise.withResolvers<FilterRecord>()
  const daemon = filter({
    summary: '',
    open: () => {
      opening.resolve()
      return opened.promise
    },
  })
  const { life, path, messages } = lifeOf(t, daemon)
  const before = new SpoolFile(path, { reserve: 0 })
  before.commit(work({ append: [batch(1), batch(2)] }))
  before.close()
  const ended = life.live()
  await opening.promise
  life.stop('SIGTERM')
  const code = await ended
  // Late, it is closed all the same.
  opened.resolve(record => record)
  await released(path)
  assert.equal(code, EXIT.dataLeft)
  assert.equal(messages.at(-1), LEFT)
})

test('bug: it said that records were left which were acknowledged while it closed', async t => {
  const daemon = source({
    summary: '',
    open: (_options, { record, defer }) => {
      defer(async () => {
        stdout.finish()
        await settled()
      })
      return async ({ emit }) => emit([record({ message: 'one' })])
    },
  })
  const { life, stdout, messages } = lifeOf(t, daemon)
  const code = life.live()
  await stdout.taken
  // The second one: to wait no longer.
  life.stop('SIGTERM')
  life.stop('SIGTERM')
  assert.equal(await code, EXIT.done)
  assert.equal(messages.at(-1), 'stopped')
})

test('bug: with records in the spool and nobody to take them, it was ready only where it opened fast', async t => {
  const opened = Promise.withResolvers<FilterRecord>()
  const slow = filter({ summary: '', open: () => opened.promise })
  const dead = `ack+tcp://127.0.0.1:${await freePort()}`
  const last = filter({ summary: '', open: () => record => record })
  const { life, path, messages } = lifeOf(t, last, { flags: [['pushConnect', [dead]]], before: slow })
  const before = new SpoolFile(path, { reserve: 0 })
  before.commit(work({ append: [batch(1), batch(2)] }))
  before.close()
  const code = life.live()
  // Long enough for what is in the spool to be offered meanwhile; if it is not, this proves nothing.
  setTimeout(() => opened.resolve(record => record), 500)
  while (!messages.includes('ready')) await setImmediate()
  life.stop('SIGTERM')
  assert.equal(await code, EXIT.dataLeft)
})
