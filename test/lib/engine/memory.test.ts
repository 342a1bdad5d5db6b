// What waits for the server are bytes: records that are kept meanwhile survive one garbage collection after the other,
// which at 40,000 a second was a third of a chain's CPU and 200 MB.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { pino } from 'pino'
import type { Batch } from '../../../src/lib/batch.ts'
import { Books } from '../../../src/lib/engine/books.ts'
import { FilterStage } from '../../../src/lib/engine/filter-stage.ts'
import { Outlet } from '../../../src/lib/engine/outlet.ts'
import { SinkStage } from '../../../src/lib/engine/sink-stage.ts'
import { SourceStage } from '../../../src/lib/engine/source-stage.ts'
import type { Target } from '../../../src/lib/engine/target.ts'
import type { LogRecord } from '../../../src/lib/record.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const common = {
  refuse: () => Promise.reject(new Error('nothing is refused here')),
  buffer: 1e6,
  fatal: assert.fail,
}

function outletTo(target: Target): Outlet {
  const link = {
    form: 'records' as const,
    accept: (batch: Batch) => target.accept(batch),
    room: () => target.room(),
  }
  return new Outlet({
    ...common,
    links: [link],
    batch: { bytes: 0, delay: 0 },
    whenFull: 'block',
    maxRecord: 1e6,
    dropped: n => assert.fail(`${n} dropped`),
  })
}

test('records are let go of while their lines wait to be durable', async () => {
  const written = Promise.withResolvers<undefined>()
  const seen: WeakRef<LogRecord>[] = []
  const sink = new SinkStage({
    ...common,
    books: new Books(),
    batch: { bytes: 0, delay: 0, concurrency: 1 },
    maxRecord: 1e6,
    window: () => 1e6,
    log: pino({ enabled: false }),
    signal: new AbortController().signal,
  })
  sink.use({ writeLines: () => written.promise })
  const filter = new FilterStage({ ...common, books: new Books(), outlet: outletTo(sink) })
  filter.use(({ message, ...record }) => {
    const parsed = { ...record, parsed: message }
    seen.push(new WeakRef(parsed))
    return parsed
  })
  const source = new SourceStage({
    ...common,
    books: new Books(),
    outlet: outletTo(filter),
    checkpointPath: assert.fail,
    waitingFor: assert.fail,
    count: assert.fail,
  })
  const receipts: Promise<object>[] = []
  await source.run(async ({ emit }) => {
    for (let n = 0; n < 10; n++) {
      const records = [1, 2, 3].map(m => ({ '@meta': { id: `${n}-${m}` }, message: `text ${m}` }))
      for (const record of records) seen.push(new WeakRef(record))
      receipts.push(emit(records))
    }
  }, new AbortController().signal)
  for (let n = 0; n < 3; n++) {
    await turn()
    collectGarbage()
  }
  assert.equal(seen.length, 60)
  assert.equal(seen.filter(one => one.deref()).length, 0, 'records that are still held by somebody')
  written.resolve(undefined)
  const all = await Promise.all(receipts)
  assert.deepEqual(all, new Array(10).fill({ stored: 3 }))
})
