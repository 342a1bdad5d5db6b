// Files that are rotated while there is no room downstream.
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { test } from 'node:test'
import type { Drive } from '../../support/drive.ts'
import { counted, LogFolder, lines, messages, textsOf } from './folder.ts'

/** From now on nothing is accepted, until it is told to. */
function block(stage: Drive): () => void {
  const held: (() => void)[] = []
  stage.answer = ({ count }) =>
    new Promise(resolve => {
      held.push(() => resolve({ sent: count }))
    })
  return () => {
    stage.answer = ({ count }) => ({ sent: count })
    for (const go of held) go()
  }
}

test('a file that was rotated twice while there was no room is read, as those before and after it', async t => {
  const logs = new LogFolder(t)
  logs.write('app.log', lines(0, 20_000))
  await using stage = await logs.follow('app.log', '--buffer', '16KiB', '--batch-delay', '0')
  const goOn = block(stage)
  await stage.until(1)
  for (const [files, from] of [
    [2, 20_000],
    [3, 20_100],
  ] as const) {
    if (from > 20_000) logs.rename('app.log.1', 'app.log.2')
    logs.rename('app.log', 'app.log.1')
    logs.write('app.log', lines(from, from + 100))
    await counted(stage, 'files', files)
  }
  assert.ok(stage.out.length < 20_000)
  rmSync(logs.at('app.log.2'))
  goOn()
  assert.deepEqual(messages(await stage.until(20_200)).toSorted(), textsOf(lines(0, 20_200)))
})
