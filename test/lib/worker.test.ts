import assert from 'node:assert/strict'
import { getEventListeners, once } from 'node:events'
import { describe, type TestContext, test } from 'node:test'
import { isMainThread } from 'node:worker_threads'
import { answerCalls, giveAway, WorkerThread } from '../../src/lib/worker.ts'

// This file is the thread as well.
const open = ({ greeting }: { greeting: string }) => {
  let givenUp = 0
  const ours = new Uint8Array([1, 2, 3])
  return {
    greet: () => greeting,
    same: (value: unknown) => value,
    fail: ({ message, more }: { message: string; more: object }) => {
      throw Object.assign(new Error(message), more)
    },
    throwText: () => {
      throw 'not an error'
    },
    throwFunction: () => {
      throw Object.assign(new Error('odd'), { code: () => {} })
    },
    giveFunction: () => () => {},
    untilGivenUp: async (_: string, signal: AbortSignal) => {
      await once(signal, 'abort')
      givenUp++
    },
    givenUp: () => givenUp,
    /** Hears nothing meanwhile. */
    block: (milliseconds: number) => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
      return 'done'
    },
    never: () => new Promise<void>(() => {}),
    throwLater: () => {
      setImmediate(() => {
        throw new Error('out of the blue')
      })
      return new Promise<void>(() => {})
    },
    give: () => giveAway([ours], [ours.buffer]),
    ours: () => ours.length,
    exit: () => process.exit(3),
  }
}

if (!isMainThread) answerCalls(open)
else tests()

function start(t: TestContext) {
  const died: Error[] = []
  const module = '../test/lib/worker.test'
  const thread = new WorkerThread<ReturnType<typeof open>>(module, { greeting: 'hello' }, error =>
    died.push(error),
  )
  t.after(() => thread.close())
  return { thread, died }
}

function tests() {
  describe('a call', () => {
    test('gives memory away with its result', async t => {
      const { thread } = start(t)
      assert.deepEqual(await thread.call('give'), [new Uint8Array([1, 2, 3])])
      assert.equal(await thread.call('ours'), 0)
    })

    test('is answered, with what the thread was started with', async t => {
      const { thread } = start(t)
      assert.equal(await thread.call('greet'), 'hello')
      assert.equal(await thread.call('greet', undefined, new AbortController().signal), 'hello')
      assert.equal(thread.pending, 0)
    })

    test('takes and gives what can be cloned, of any size', async t => {
      const { thread } = start(t)
      const values = [
        undefined,
        null,
        '',
        0n,
        Number.NaN,
        [],
        new Map([[{ a: 1 }, new Set([2])]]),
        'x\u0000😀',
      ]
      for (const value of values) assert.deepEqual(await thread.call('same', value), value)
      for (const size of [1, 2 ** 16, 2 ** 20, 50 * 2 ** 20]) {
        const text = 'é'.repeat(size)
        assert.ok((await thread.call('same', text)) === text, `${size} characters`)
        const bytes = new Uint8Array(size).fill(7)
        assert.ok(
          Buffer.from(bytes).equals((await thread.call('same', bytes)) as Uint8Array),
          `${size} bytes`,
        )
      }
    })

    test('that cannot be cloned is refused, and leaves nothing behind', async t => {
      const { thread, died } = start(t)
      const control = new AbortController()
      await assert.rejects(
        thread.call('same', () => {}, control.signal),
        { name: 'DataCloneError' },
      )
      await assert.rejects(thread.call('giveFunction'), /could not be cloned/)
      assert.equal(thread.pending, 0)
      assert.equal(getEventListeners(control.signal, 'abort').length, 0)
      assert.equal(await thread.call('greet'), 'hello')
      assert.deepEqual(died, [])
    })

    test('is answered in its own time, whatever others do', async t => {
      const { thread } = start(t)
      const control = new AbortController()
      const slow = thread.call('untilGivenUp', '', control.signal)
      const all = Promise.all(Array.from({ length: 100 }, (_, n) => thread.call('same', n)))
      assert.equal(thread.pending, 101)
      assert.deepEqual(
        await all,
        Array.from({ length: 100 }, (_, n) => n),
      )
      assert.equal(thread.pending, 1)
      control.abort()
      await assert.rejects(slow)
    })
  })

  describe('a handler that throws', () => {
    test('is heard with its message, its code and its stack', async t => {
      const { thread, died } = start(t)
      await assert.rejects(thread.call('fail', { message: 'no', more: { code: 'ENOSPC' } }), error => {
        assert.ok(error instanceof Error)
        assert.match(error.stack!, /worker\.test\.ts/)
        assert.deepEqual([error.message, (error as NodeJS.ErrnoException).code], ['no', 'ENOSPC'])
        return true
      })
      // node:sqlite says the same word for all.
      const more = { code: 'ERR_SQLITE_ERROR', errcode: 13 }
      await assert.rejects(thread.call('fail', { message: 'full', more }), { message: 'full', code: 13 })
      assert.equal(await thread.call('greet'), 'hello')
      assert.deepEqual(died, [])
    })

    test('a name that it does not have', async t => {
      const { thread } = start(t)
      await assert.rejects(thread.call('nothing' as 'greet'), /not a function/)
    })

    test('bug: what was thrown and is no Error, or has a code that cannot be cloned, ended the thread', async t => {
      const { thread, died } = start(t)
      await assert.rejects(thread.call('throwText'), { message: 'not an error', code: undefined })
      await assert.rejects(thread.call('throwFunction'), { message: 'odd', code: undefined })
      assert.equal(await thread.call('greet'), 'hello')
      assert.deepEqual(died, [])
    })
  })

  describe('a call that is given up', () => {
    test('is told to its handler', async t => {
      const { thread } = start(t)
      const control = new AbortController()
      const call = thread.call('untilGivenUp', '', control.signal)
      const reason = new Error('enough')
      control.abort(reason)
      await assert.rejects(call, reason)
      assert.equal(await thread.call('givenUp'), 1)
    })

    test('before it was made, does not reach the thread', async t => {
      const { thread } = start(t)
      await assert.rejects(thread.call('untilGivenUp', '', AbortSignal.abort()), { name: 'AbortError' })
      assert.equal(thread.pending, 0)
    })

    test('bug: it was rejected only when the thread answered', async t => {
      const { thread } = start(t)
      const control = new AbortController()
      const call = thread.call('block', 200, control.signal)
      const other = thread.call('greet')
      control.abort()
      const first = await Promise.race([call.catch(({ name }) => name), other])
      assert.equal(first, 'AbortError')
      assert.equal(thread.pending, 2, 'as the thread is still at it')
      assert.equal(await other, 'hello')
      assert.equal(thread.pending, 0)
    })

    test('leaves no listener at its signal, however it ends', async t => {
      const { thread } = start(t)
      const { signal } = new AbortController()
      await thread.call('greet', undefined, signal)
      await assert.rejects(thread.call('fail', { message: 'no', more: {} }, signal))
      assert.equal(getEventListeners(signal, 'abort').length, 0)
      const calls = [thread.call('never', undefined, signal), thread.call('never', undefined, signal)]
      assert.equal(getEventListeners(signal, 'abort').length, 2)
      await Promise.all([thread.close(), ...calls.map(call => assert.rejects(call))])
      assert.equal(getEventListeners(signal, 'abort').length, 0)
    })
  })

  describe('the end of the thread', () => {
    for (const [how, message] of [
      ['throwLater', /^out of the blue$/],
      ['exit', /worker\.test has ended$/],
    ] as const)
      test(`is told once, and rejects all calls (${how})`, async t => {
        const { thread, died } = start(t)
        const waiting = thread.call('never')
        const killer = thread.call(how)
        await assert.rejects(waiting, { message })
        await assert.rejects(killer, { message })
        await assert.rejects(thread.call('greet'), { message })
        assert.equal(thread.pending, 0)
        await thread.close()
        assert.equal(died.length, 1)
        assert.match(died[0]!.message, message)
      })

    test('what `died` makes of the error, the calls see', async t => {
      const thread = new WorkerThread<ReturnType<typeof open>>('../test/lib/worker.test', {}, error => {
        Object.assign(error, { code: 'ERR_MINE' })
      })
      t.after(() => thread.close())
      await assert.rejects(thread.call('exit'), { code: 'ERR_MINE' })
    })

    test('a module that cannot be loaded', async t => {
      const died = Promise.withResolvers<Error>()
      const thread = new WorkerThread<ReturnType<typeof open>>('no/such/module', {}, died.resolve)
      t.after(() => thread.close())
      await assert.rejects(thread.call('greet'), /no\/such\/module/)
      assert.match((await died.promise).message, /no\/such\/module/)
    })

    test('that was asked for rejects what is under way, and is no death', async t => {
      const { thread, died } = start(t)
      assert.equal(await thread.call('greet'), 'hello')
      const calls = [thread.call('never'), thread.call('block', 60_000)]
      const message = /worker\.test was closed$/
      await Promise.all([thread.close(), ...calls.map(call => assert.rejects(call, { message }))])
      await assert.rejects(thread.call('greet'), { message })
      await thread.close()
      assert.deepEqual([died, thread.pending], [[], 0])
    })
  })
}
