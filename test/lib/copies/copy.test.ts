import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { type TestContext, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { pino } from 'pino'
import { Copy, type CopyOptions } from '../../../src/lib/copies/copy.ts'

/** What a process does in place of a daemon, once it has the channel. */
const OPEN = "process.send({ waiting: [], open: true, endpoints: ['udp://127.0.0.1:514'] });"
const ON_STOP = (what: string) => `process.on('message', () => { ${what} });`

/** A copy whose lives, one after the other, run these scripts; the last one stays the last. */
function copyOf(t: TestContext, scripts: string[], options: Partial<CopyOptions> = {}) {
  const giveUp = new AbortController()
  const logs: { msg: string; [key: string]: unknown }[] = []
  const started: ChildProcess[] = []
  const copy = new Copy({
    name: 'run.stage.1',
    start() {
      const script = scripts.length > 1 ? scripts.shift()! : scripts[0]!
      const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 2, 2, 'ipc'] })
      started.push(child)
      return child
    },
    log: pino({ base: null }, { write: line => void logs.push(JSON.parse(line)) }),
    mayEnd: false,
    mayLeave: false,
    signal: giveUp.signal,
    changed: () => {},
    ...options,
  })
  t.after(() => {
    for (const child of started) child.kill('SIGKILL')
  })
  return { copy, giveUp, logs, started }
}

test('it is open when it says so, and ends with its exit code when it is told to', async t => {
  const { copy, logs } = copyOf(t, [OPEN + ON_STOP('process.exit(75)')])
  assert.deepEqual([copy.waiting, copy.open], [['starting'], false])
  await copy.opened
  assert.deepEqual([copy.waiting, copy.open], [[], true])
  assert.deepEqual(copy.endpoints, ['udp://127.0.0.1:514'])
  assert.ok(copy.pid)
  copy.stop()
  await copy.ended
  assert.equal(copy.code, 75)
  assert.deepEqual(logs, [])
})

test('it is started again, whatever it died of, even while it was opening', async t => {
  const dying = ["process.kill(process.pid, 'SIGKILL')", `${OPEN}setTimeout(() => process.exit(70), 50)`]
  const opened = Promise.withResolvers<void>()
  const changed = () => {
    if (copy?.restarts === 2 && copy.waiting.length === 0) opened.resolve()
  }
  const { copy, logs } = copyOf(t, [...dying, OPEN + ON_STOP('process.exit(0)')], { changed })
  await opened.promise
  assert.deepEqual(
    logs.map(({ signal, code, restarts }) => ({ signal, code, restarts })),
    [
      { signal: 'SIGKILL', code: undefined, restarts: 1 },
      { signal: undefined, code: 70, restarts: 2 },
    ],
  )
  copy.stop()
  await copy.ended
  assert.equal(copy.code, 0)
})

test('what ends by itself before it was open cannot start; misuse never can', async t => {
  const failed = copyOf(t, ['process.exit(70)'])
  await assert.rejects(failed.copy.opened, {
    name: 'Fatal',
    message: /run\.stage\.1 cannot start.*exit code 70/,
  })
  const misused = copyOf(t, [`${OPEN}setTimeout(() => process.exit(64), 50)`])
  await misused.copy.opened
  await assert.rejects(misused.copy.ended, { name: 'Misuse', message: /exit code 64/ })
})

test('a first stage may end by itself; no other one does', async t => {
  const ends = `${OPEN}setTimeout(() => process.exit(0), 50)`
  const first = copyOf(t, [ends], { mayEnd: true })
  await first.copy.ended
  assert.equal(first.copy.restarts, 0)
  const inner = copyOf(t, [ends, OPEN + ON_STOP('process.exit(0)')])
  await inner.copy.opened
  while (inner.copy.restarts === 0 || inner.copy.waiting.length > 0)
    await new Promise(resolve => setTimeout(resolve, 10))
  inner.copy.stop()
  await inner.copy.ended
})

test('killed while it is stopped: a failure only where it may have what nobody else has', async t => {
  for (const [mayLeave, code] of [
    [true, 70],
    [false, 0],
  ] as const) {
    const { copy, logs } = copyOf(t, [OPEN + ON_STOP("process.kill(process.pid, 'SIGKILL')")], { mayLeave })
    await copy.opened
    copy.stop()
    await copy.ended
    assert.equal(copy.code, code)
    assert.deepEqual(
      logs.map(({ msg }) => msg),
      ['a copy died while it was being stopped'],
    )
  }
})

test('when nothing is waited for any more it is told twice, and killed when it does not hear', async t => {
  const deaf = copyOf(t, [`${OPEN}setInterval(() => {}, 1000);${ON_STOP('')}`])
  await deaf.copy.opened
  const twice = copyOf(t, [`let n = 0;${OPEN}${ON_STOP('if (++n === 2) process.exit(75)')}`])
  await twice.copy.opened
  twice.giveUp.abort()
  deaf.giveUp.abort()
  await twice.copy.ended
  assert.equal(twice.copy.code, 75)
  await deaf.copy.ended
  assert.equal(deaf.started[0]!.signalCode, 'SIGKILL')
})

test('stopped while it is opening, it never is open', async t => {
  const { copy } = copyOf(t, [ON_STOP('process.exit(0)')])
  copy.stop()
  await assert.rejects(copy.opened, /was stopped before it was open/)
  assert.equal(copy.code, 0)
})

test('bug: where the system refused at once to start it again, the chain ended', async t => {
  let starts = 0
  const children: ChildProcess[] = []
  t.after(() => {
    for (const child of children) child.kill('SIGKILL')
  })
  const { copy, logs } = copyOf(t, [], {
    start() {
      if (++starts === 2) throw Object.assign(new Error('spawn ENOMEM'), { code: 'ENOMEM' })
      const script = starts === 1 ? `${OPEN}process.exit(1)` : OPEN + ON_STOP('process.exit(0)')
      const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 2, 2, 'ipc'] })
      children.push(child)
      return child
    },
  })
  await copy.opened
  while (starts < 3 || !copy.open) await turn()
  copy.stop()
  await copy.ended
  assert.equal(copy.code, 0)
  assert.equal(logs.length, 2)
})
