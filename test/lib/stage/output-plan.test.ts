import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { filter } from '../../../src/lib/daemon.ts'
import { Misuse } from '../../../src/lib/errors.ts'
import { repeatable, text } from '../../../src/lib/options.ts'
import { planStage } from '../../../src/lib/stage/plan.ts'

const ROUTE = filter({
  summary: '',
  options: { out: repeatable(text('')) },
  outputs: ({ out }) => out,
  open: () => record => record,
})

function plan(out: string[], flags: { [key: string]: string[] } = {}) {
  const around = { stdin: true, stdout: true, terminal: false }
  return planStage('name', ROUTE, new Map(Object.entries({ out, ...flags })), {}, around)
}

describe('an output', () => {
  for (const [written, name] of [
    ['ack+tcp://store1:7000', 'store1-7000'],
    ['tcp://[::1]:7000', '1-7000'],
    ['ipc:///run/sluice/a.ipc', 'run-sluice-a.ipc'],
    ['file:///var/log/web%20errors.ndjson', 'web-errors.ndjson'],
    ['-', 'stdout'],
    ['tcp://a:1?name=x.y', 'x.y'],
    [`file:///${'a'.repeat(100)}`, 'a'.repeat(64)],
  ] as const)
    test(`${written} is called ${name}`, () => {
      assert.equal(plan([written]).outputs[0]!.name, name)
    })

  test('has what its query says, and of the rest what the flags of the stage say', () => {
    const query =
      'buffer=1MiB&batch-bytes=1KiB&batch-delay=1s&spool=/s&spool-limit=2MiB&when-full=drop-newest'
    const { outputs } = plan([`tcp://a:1?${query}&framing=text`, 'tcp://b:1'], {
      buffer: ['8MiB'],
      spool: ['/all'],
      whenFull: ['drop-oldest'],
    })
    assert.deepEqual(
      outputs.map(({ endpoint, values }) => [
        endpoint.query,
        values.buffer,
        values.batchBytes,
        values.batchDelay,
        values.spool,
        values.spoolLimit,
        values.whenFull,
      ]),
      [
        [{ framing: 'text' }, 2 ** 20, 1024, 1000, '/s', 2 ** 21, 'drop-newest'],
        [{}, 2 ** 23, 2 ** 19, 5, '/all', 10 * 2 ** 30, 'drop-oldest'],
      ],
    )
  })

  test('is bound when it says so', () => {
    const { endpoint } = plan(['ack+tcp://127.0.0.1:*?bind=1']).outputs[0]!
    assert.deepEqual([endpoint.mode, endpoint.query], ['bind', {}])
  })

  test('that is written twice is one', () => {
    assert.equal(plan(['tcp://a:1', 'tcp://a:1']).outputs.length, 1)
  })

  test('needs no push side, and has one when it is asked for', () => {
    assert.deepEqual(plan(['tcp://a:1']).push, [])
    assert.equal(plan(['tcp://a:1'], { pushConnect: ['-'] }).push[0]!.scheme, '-')
  })

  test('does not lead back to where its records come from', () => {
    assert.throws(
      () => plan(['file:///x'], { pullConnect: ['file:///x'] }),
      (error: Error) =>
        error instanceof Misuse && /cannot be read and appended to at once/.test(error.message),
    )
  })
})
