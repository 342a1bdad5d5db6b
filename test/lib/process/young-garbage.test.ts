import assert from 'node:assert/strict'
import { constants, PerformanceObserver } from 'node:perf_hooks'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { YoungGarbage } from '../../../src/lib/process/young-garbage.ts'

test('3 MiB of it are a reason to collect the young, and only those', async () => {
  const kinds: unknown[] = []
  const observer = new PerformanceObserver(list => {
    for (const entry of list.getEntries() as (PerformanceEntry & { detail?: { kind: number } })[])
      kinds.push(entry.detail?.kind)
  })
  observer.observe({ entryTypes: ['gc'] })
  const garbage = new YoungGarbage()
  const note = async (mebibytes: number) => {
    kinds.length = 0
    garbage.note(mebibytes * 1024 * 1024)
    await turn()
    await turn()
    return kinds.slice()
  }
  // After this the young space is empty, so that nothing else is a reason to collect.
  await note(3)
  assert.deepEqual(await note(2), [])
  assert.deepEqual(await note(1), [constants.NODE_PERFORMANCE_GC_MINOR])
  assert.equal('gc' in globalThis, false, 'nobody else has it')
  observer.disconnect()
})
