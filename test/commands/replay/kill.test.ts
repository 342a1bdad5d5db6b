// A replay that dies between any two steps, or in the middle of a write: the next one goes on, and no letter is lost, or
// twice in the file.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, type TestContext, test } from 'node:test'
import { openSend } from '../../../src/commands/replay/send.ts'
import type { Context } from '../../../src/lib/daemon.ts'
import type { LogRecord } from '../../../src/lib/record.ts'

/** The replay that is under way. It dies before it has done so many steps, if ever. */
interface Life {
  steps: number
  end: number
  died: PromiseWithResolvers<'died'>
  handles: fs.promises.FileHandle[]
  beforeLink(): void
}

let life: Life | undefined

/** Whatever it was about to do, it hears of nothing more, and does nothing more. */
const NEVER = new Promise<never>(() => {})

/** Counts a step that changes what is on the disk. Returns whether it is not taken any more. */
function isLast(): boolean {
  if (!life || ++life.steps !== life.end) return false
  life.died.resolve('died')
  return true
}

async function watchSteps(): Promise<void> {
  const { open, link } = fs.promises
  for (const method of ['rename', 'rm', 'truncate', 'writeFile'] as const) {
    const real = fs.promises[method] as (...args: unknown[]) => Promise<void>
    Object.assign(fs.promises, { [method]: (...args: unknown[]) => (isLast() ? NEVER : real(...args)) })
  }
  fs.promises.link = (...args) => {
    life?.beforeLink()
    return isLast() ? NEVER : link(...args)
  }
  fs.promises.open = async (...args) => {
    const handle = await open(...args)
    life?.handles.push(handle)
    return handle
  }
  syncBuiltinESMExports()
  const handle = await open('/dev/null')
  const prototype = Object.getPrototypeOf(handle) as {
    write: (bytes: Buffer, at: number) => Promise<unknown>
  }
  await handle.close()
  const { write } = prototype
  prototype.write = function (this: fs.promises.FileHandle, bytes, at) {
    if (!isLast()) return write.call(this, bytes, at)
    fs.writeSync(this.fd, bytes, at, Math.ceil((bytes.length - at) / 2))
    return NEVER
  }
  after(() => {
    prototype.write = write
  })
}

await watchSteps()

const letterOf = (id: string, reason: string) =>
  `${JSON.stringify({ '@meta': { id, dead: { reason, stage: 'es', attempts: 1 } } })}\n`

/**
 * When a daemon writes a letter of its own: `once`, while letters are sent; `often`, also the first times that the file is
 * about to get its name back; `always`, at every such time.
 */
type Daemon = 'never' | 'once' | 'often' | 'always'

/** A file of so many letters, of which every second one is to be sent, if any is. */
function setUp(t: TestContext, count: number, isSent = true) {
  const folder = fs.mkdtempSync(join(tmpdir(), 'sluice-'))
  t.after(() => fs.rmSync(folder, { recursive: true }))
  const file = join(folder, 'es.dead.ndjson')
  const ids = Array.from({ length: count }, (_, n) => `${n}`)
  const reasonOf = (id: string) => (isSent && Number(id) % 2 === 0 ? 'mapping' : 'error')
  const sent = new Set<string>()
  const written: string[] = []

  function begin(): void {
    for (const name of fs.readdirSync(folder)) fs.rmSync(join(folder, name))
    sent.clear()
    written.length = 0
    fs.writeFileSync(file, ids.map(id => letterOf(id, reasonOf(id))).join(''))
  }

  /** Returns whether it died. */
  async function replay(end = 0, daemon: Daemon = 'never'): Promise<boolean> {
    const most = { never: 0, once: 1, often: 4, always: 1000 }[daemon]
    const write = () => {
      if (written.length >= most) return
      const id = `later-${written.length}`
      written.push(id)
      fs.appendFileSync(file, letterOf(id, 'later'))
    }
    const one: Life = {
      steps: 0,
      end,
      died: Promise.withResolvers(),
      handles: [],
      beforeLink: daemon === 'once' ? () => {} : write,
    }
    life = one
    const closers: (() => unknown)[] = []
    const emit = async (records: LogRecord[]) => {
      for (const record of records) sent.add(record['@meta'].id)
      if (written.length === 0) write()
      return {}
    }
    const live = async () => {
      const wanted = { reason: ['mapping'], stage: [], attempts: 0, maxRecord: 1e6 }
      const options = { file, wanted, keep: false, most: 1e6, progress() {} }
      const context = { log: { info() {} }, defer: (close: () => void) => closers.push(close) }
      const run = await openSend(options, context as unknown as Context)
      const signal = new AbortController().signal
      await run({
        emit,
        room: () => undefined,
        checkpoints: () => Promise.reject(),
        checkpoint: () => NEVER,
        signal,
      })
      for (const close of closers.splice(1).reverse()) await close()
    }
    const ended = await Promise.race([live(), one.died.promise])
    life = undefined
    for (const handle of one.handles) await handle.close()
    // The lock is free again, whatever it died of.
    await closers[0]?.()
    return ended === 'died'
  }

  function check(hint: string): void {
    const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : ''
    const there = text.split(/(?<=\n)/)
    const kept = ids.filter(id => reasonOf(id) === 'error').map(id => letterOf(id, 'error'))
    const expected = [...kept, ...written.map(id => letterOf(id, 'later'))]
    assert.deepEqual(there.filter(Boolean).sort(), expected.sort(), `${hint}: what stays is there, each once`)
    const wanted = ids.filter(id => reasonOf(id) === 'mapping')
    assert.deepEqual([...sent].sort(), wanted.sort(), `${hint}: the others were sent`)
    const others = fs.readdirSync(folder).filter(name => name !== 'es.dead.ndjson')
    assert.deepEqual(others, [], `${hint}: nothing else is left`)
  }
  return { begin, replay, check }
}

describe('bug: a replay that was killed while it put letters back had them twice in the file', () => {
  for (const [what, count, isSent, daemon] of [
    ['nobody writes meanwhile', 40, true, 'never'],
    ['nothing was sent', 40, false, 'never'],
    ['all were sent', 1, true, 'never'],
    ['a daemon has begun a new file', 40, true, 'once'],
    ['a daemon has begun a new file, and all were sent', 1, true, 'once'],
    ['a daemon writes again and again', 40, true, 'often'],
    ['a daemon writes again and again, and nothing was sent', 40, false, 'often'],
  ] as const)
    test(`${what}: killed at each step, and the next one too`, async t => {
      const { begin, replay, check } = setUp(t, count, isSent)
      let first = 1
      for (let isKilled = true; isKilled; first++) {
        for (let second = 1, again = true; again && isKilled; second++) {
          begin()
          isKilled = await replay(first, daemon)
          again = isKilled && (await replay(second))
          if (again) await replay()
          check(`killed at step ${first}, and at step ${second}`)
        }
      }
      assert.ok(first > 3, `${first} steps`)
    })

  test('a daemon that writes without a pause does not keep it from its end', async t => {
    const { begin, replay, check } = setUp(t, 40)
    begin()
    assert.equal(await replay(0, 'always'), false)
    check('always')
  })
})
