import assert from 'node:assert/strict'
import { closeSync, openSync } from 'node:fs'
import { test } from 'node:test'
import { createLog } from '../../../src/lib/process/log.ts'

test('bug: on a disk that is full each line of the log was an error, and ended the process', async () => {
  const fd = openSync('/dev/full', 'w')
  const log = await createLog('info', fd, { name: 'x', readable: false })
  for (let n = 0; n < 3; n++) assert.doesNotThrow(() => log.warn('said to nobody'))
  closeSync(fd)
})
