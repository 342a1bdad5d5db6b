import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { LetterLog } from '../../../src/lib/stage/letter-log.ts'

test('how many were refused, why, and where they are', t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const said: string[] = []
  const log = new LetterLog(pino({ base: null }, { write: line => void said.push(JSON.parse(line).msg) }))
  const refuse = (reason: string, detail?: string) =>
    log.note({ reason, ...(detail !== undefined && { detail }), stage: 'store', attempts: 1, at: '' })
  log.kept = 'kept in /x; see sluice replay'
  refuse('too-large', '9 bytes')
  refuse('too-large', '10 bytes')
  refuse('not-json')
  refuse('too-large', 'y'.repeat(1_000))
  t.mock.timers.tick(60_000)
  refuse('not-json')
  log.close()
  assert.deepEqual(said, [
    '1 record was refused (too-large: 9 bytes), and is kept in /x; see sluice replay',
    `3 records were refused (not-json, too-large: ${'y'.repeat(200)}…), and are kept in /x; see sluice replay`,
    '1 record was refused (not-json), and is kept in /x; see sluice replay',
  ])
})
