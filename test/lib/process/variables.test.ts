import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Sluice } from '../../support/process.ts'

const warning = (stderr: string) => stderr.split('\n').filter(line => /there is no variable/.test(line))

describe('variables', { concurrency: true }, () => {
  test('a misspelt one is named, with what may be meant; the filter runs all the same', async t => {
    const env = { SLUICE_BATCH_BYTE: '3', SLUICE_FAULTZ: '1' }
    const run = new Sluice(t, 'sluice-relay', [], { stdin: 'hello\n', env })
    assert.equal(await run.exited, 0)
    const said = run.logs.filter(({ level }) => level === 'warn').map(({ msg }) => msg)
    assert.deepEqual(said, ['there is no variable SLUICE_BATCH_BYTE; SLUICE_BATCH_BYTES may be meant'])
  })

  test('--check says so too', async t => {
    const run = new Sluice(t, 'sluice-relay', ['--check'], { env: { SLUICE_BATCH_BYTE: '3' } })
    assert.equal(await run.exited, 0)
    assert.equal(
      run.stderr,
      'sluice-relay: there is no variable SLUICE_BATCH_BYTE; SLUICE_BATCH_BYTES may be meant\n',
    )
  })

  test('those of other daemons in the same environment are none', async t => {
    // SLUICE_FIELDS is of sluice-parse, and near to SLUICE_FIELD, which is of both.
    const env = {
      SLUICE_FILE: '/a',
      SLUICE_FIELD: 'x',
      SLUICE_FIELDS: 'x,y',
      SLUICE_KEEP: '7d',
      SLUICE_ID: '1',
    }
    const run = new Sluice(t, 'sluice-multiline', ['--check'], { env })
    assert.equal(await run.exited, 0)
    assert.deepEqual(warning(run.stderr), [])
  })
})
