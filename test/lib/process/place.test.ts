import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Sluice } from '../../support/process.ts'

describe('a state folder that cannot be made', { concurrency: true }, () => {
  const env = { STATE_DIRECTORY: '/dev/null/state' }
  const line =
    'the state folder /dev/null/state cannot be made: not a directory; set STATE_DIRECTORY to one that can'
  for (const [program, args] of [
    ['sluice-store', ['--pull-bind', 'tcp://127.0.0.1:0', '--http', '127.0.0.1:0']],
    ['sluice-tail', ['--file', '/nothing/*.log', '--push-connect', 'file:///dev/null']],
  ] as const)
    test(`bug: ${program} ended with a stack trace, or was ready first; it is one line`, async t => {
      const run = new Sluice(t, program, args, { env })
      assert.equal(await run.exited, 70)
      assert.ok(run.stderr.includes(`${program}: ${line}\n`), run.stderr)
      assert.doesNotMatch(run.stderr, /"ready"|this is a bug| {4}at /)
    })

  test('sluice replay lists none where there is no folder, and makes none', async t => {
    const run = new Sluice(t, 'sluice', ['replay'], { env: { STATE_DIRECTORY: '/nothing/state' } })
    assert.equal(await run.exited, 0, run.stderr)
    assert.match(run.stdout, /^there are no dead letters in \/nothing\/state\n/)
  })
})
