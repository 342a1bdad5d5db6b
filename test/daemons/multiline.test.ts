import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { PRESETS } from '../../src/daemons/multiline/presets.ts'
import daemon from '../../src/daemons/multiline.ts'
import type { LogRecord } from '../../src/lib/index.ts'
import { drive } from '../support/drive.ts'
import { Sluice } from '../support/process.ts'

const messages = (records: readonly LogRecord[]) => records.map(({ message }) => message)

/** Records of each preset. */
const LINES: { readonly [preset: string]: readonly string[][] } = {
  indent: [['failed:', '  one', '  two'], ['next']],
  backslash: [['select \\', 'a \\', 'from b'], ['next']],
  java: [
    [
      'ERROR closed',
      'java.lang.IllegalStateException: closed',
      '\tat a.B.c(B.java:1)',
      'Caused by: d.E: f',
      '\tat g',
    ],
    ['next'],
  ],
  python: [['failed', 'Traceback (most recent call last):', '  File "x", line 1', 'ValueError: z'], ['next']],
  go: [['panic: x', '', 'goroutine 1 [running]:', 'main.f(0x1)', '\t/x.go:1 +0x1'], ['next']],
  ruby: [["x.rb:1:in `y': z (E)", "\tfrom x.rb:2:in `w'"], ['next']],
}

describe('sluice-multiline', () => {
  test("the joined record has the first line's fields and @meta; its id says how many it is", async () => {
    await using stage = await drive(daemon)
    const received = Date.UTC(2026, 9, 11)
    const line = (id: string, message: string) => ({
      '@meta': { id, received, peer: 'p' },
      '@timestamp': id,
      severity: id,
      message,
    })
    const receipt = stage.push([line('a', 'one'), line('b', ' two'), line('c', 'three')])
    await stage.flush()
    assert.deepEqual(stage.out, [
      { ...line('a', 'one\n two'), '@meta': { id: 'a~2', received, peer: 'p' } },
      // What was only waited with is what it was.
      line('c', 'three'),
    ])
    assert.deepEqual(await receipt, { sent: 2, merged: 1 })
    assert.equal(stage.stage.counters.get('joined'), 2)
  })

  test('lines of different origins are not mixed', async () => {
    await using stage = await drive(daemon)
    const receipt = stage.push([
      { message: 'a1', '@meta': { peer: '192.0.2.1:1' } },
      { message: 'b1', '@meta': { peer: '192.0.2.2:1' } },
      { message: ' a2', '@meta': { peer: '192.0.2.1:1' } },
      { message: 'c1', file: '/var/log/c' },
      { message: ' b2', '@meta': { peer: '192.0.2.2:1' } },
      { message: 'd1', file: '/var/log/d' },
      { message: ' c2', file: '/var/log/c' },
      // ECS has objects.
      { message: 'e1', host: { name: 'e' } },
      { message: ' e2', host: { name: 'e' } },
      { message: ' a3', '@meta': { peer: '192.0.2.1:1' } },
    ])
    await stage.flush()
    await receipt
    assert.deepEqual(messages(stage.out).toSorted(), ['a1\n a2\n a3', 'b1\n b2', 'c1\n c2', 'd1', 'e1\n e2'])
  })

  test('--group-by says what an origin is', async () => {
    await using stage = await drive(daemon, '--group-by', 'k8s.pod, thread')
    const receipt = stage.push([
      { message: 'a', k8s: { pod: 'x' }, thread: 1 },
      { message: 'b', k8s: { pod: 'x' }, thread: 2 },
      { message: ' a', k8s: { pod: 'x' }, thread: 1, host: 'other' },
      { message: ' none' },
    ])
    await stage.flush()
    await receipt
    assert.deepEqual(messages(stage.out).toSorted(), [' none', 'a\n a', 'b'])
  })

  test('--group-by: a key that has the dots itself, and all that a name leads to', async () => {
    await using stage = await drive(daemon, '--group-by', 'a.b')
    const receipt = stage.push([
      { message: 'one', 'a.b': 'x' },
      { message: 'two', 'a.b': 'y' },
      { message: ' one', 'a.b': 'x' },
      { message: 'three', a: [{ b: 'x' }, { b: 'y' }] },
      { message: 'four', a: [{ b: 'x' }, { b: 'z' }] },
      { message: ' three', a: [{ b: 'x' }, { b: 'y' }] },
    ])
    await stage.flush()
    await receipt
    assert.deepEqual(messages(stage.out).toSorted(), ['four', 'one\n one', 'three\n three', 'two'])
  })

  test('what belongs to nothing is not waited with, and keeps its order', async () => {
    await using stage = await drive(daemon, '--preset', 'go')
    assert.deepEqual(await stage.push(['one', 'two']), { sent: 2 })
    const receipt = stage.push(['panic: x', '\tframe', 'three'])
    assert.deepEqual(await receipt, { sent: 2, merged: 1 })
    assert.deepEqual(messages(stage.out), ['one', 'two', 'panic: x\n\tframe', 'three'])
  })

  test('a record without a line passes, and does not end what is waited with', async () => {
    await using stage = await drive(daemon)
    const receipt = stage.push(['one', { event: 1 }, ' more', { message: 7 }])
    await stage.flush()
    await receipt
    assert.deepEqual(
      stage.out.map(({ message, event }) => message ?? event),
      [1, 7, 'one\n more'],
    )
  })

  test('--hold-timeout: what has waited so long goes, whole, and nothing has to come for it', async () => {
    await using stage = await drive(daemon, '--hold-timeout', '50ms')
    await stage.push(['one', ' more'])
    assert.deepEqual(messages(stage.out), ['one\n more'])
  })

  test('--hold-records: the oldest go', async () => {
    await using stage = await drive(daemon, '--hold-records', '3')
    const line = (file: string, message: string) => ({ file, message })
    const receipt = stage.push([
      line('a', 'a'),
      line('b', 'b'),
      line('a', ' a'),
      line('c', 'c'),
      line('a', ' late'),
    ])
    assert.deepEqual(messages(stage.out), ['a\n a'])
    await stage.flush()
    await receipt
    assert.deepEqual(messages(stage.out).toSorted(), [' late', 'a\n a', 'b', 'c'])
  })

  test('a group that is too large goes on in the next record, which is counted', async () => {
    await using stage = await drive(daemon, '--max-lines', '2')
    const receipt = stage.push(['a', ' b', ' c', ' d', ' e'])
    await stage.flush()
    await receipt
    assert.deepEqual(messages(stage.out), ['a\n b', ' c\n d', ' e'])
    assert.equal(stage.stage.counters.get('cut'), 2)
  })

  test('the original bytes of all lines are kept where one of them is not UTF-8', async () => {
    await using stage = await drive(daemon)
    const bytes = Buffer.from(' cr\u00e8me', 'latin1')
    const receipt = stage.push([
      'first',
      { message: ' cr\ufffdme', '@meta': { bytes: bytes.toString('base64') } },
      ' last',
    ])
    await stage.flush()
    await receipt
    const { message, '@meta': meta } = stage.out[0]!
    assert.equal(message, 'first\n cr\ufffdme\n last')
    assert.deepEqual(
      Buffer.from(meta.bytes!, 'base64'),
      Buffer.concat([Buffer.from('first\n'), bytes, Buffer.from('\n last')]),
    )
  })

  test('of another field than the message, the bytes of the first message stay', async () => {
    await using stage = await drive(daemon, '--field', 'log')
    const bytes = Buffer.from('cr\u00e8me', 'latin1').toString('base64')
    const receipt = stage.push([
      { log: 'one', message: 'cr\ufffdme', '@meta': { bytes } },
      { log: ' two', message: 'x', '@meta': { bytes } },
    ])
    await stage.flush()
    await receipt
    const { log, message, '@meta': meta } = stage.out[0]!
    assert.deepEqual([log, message, meta.bytes], ['one\n two', 'cr\ufffdme', bytes])
  })

  test('each pair of presets joins what each of them joins by itself', async t => {
    const names = Object.keys(PRESETS)
    const pairs = names.flatMap(a => names.filter(b => b !== a).map(b => [a, b] as const))
    for (const [a, b] of pairs) {
      await using stage = await drive(daemon, '--preset', a, '--preset', b)
      const receipt = stage.push([...LINES[a]!, ...LINES[b]!, ...LINES[a]!].flat())
      await stage.flush()
      await receipt
      const expected = [...LINES[a]!, ...LINES[b]!, ...LINES[a]!].map(lines => lines.join('\n'))
      assert.deepEqual(messages(stage.out), expected, `${a} ${b}`)
    }
    t.diagnostic(`${pairs.length} pairs`)
  })

  test('a line that another preset takes may end in a backslash', async () => {
    await using stage = await drive(daemon, '--preset', 'indent', '--preset', 'backslash')
    const receipt = stage.push(['a', ' b \\', 'c', 'd \\', ' e', ' f', 'g'])
    await stage.flush()
    await receipt
    assert.deepEqual(messages(stage.out), ['a\n b \\\nc', 'd \\\n e\n f', 'g'])
  })

  test('what is no pattern, or no preset, is misuse', async () => {
    const table: [flags: string[], message: RegExp][] = [
      [['--start', '('], /"\(" is not a pattern of RE2: missing closing \)/],
      [['--continue', '(?!x)'], /invalid or unsupported Perl syntax/],
      [['--max-text', '2MiB'], /--max-text: more than a record may have; write --max-record 4MiB as well/],
      [['--preset', 'cobol'], /"cobol" is not one of indent, java, python, go, ruby, backslash/],
    ]
    for (const [flags, message] of table) await assert.rejects(drive(daemon, ...flags), { message })
  })

  test('no line is lost or out of order, whatever the lines, the rule and the batches', async t => {
    const line = fc.constantFrom(
      ...[
        'a',
        ' b',
        '',
        '\tat x',
        'java.lang.Error: x',
        'Caused by: y',
        'Traceback (most recent call last):',
      ],
      ...[
        '  File "x"',
        'ValueError: z',
        'panic: p',
        'goroutine 1 [running]:',
        'f(x)',
        "from x.rb:1:in `y'",
        'z\\',
      ],
    )
    const rule = fc.oneof(
      fc
        .subarray(Object.keys(PRESETS), { minLength: 1 })
        .map(names => names.flatMap(name => ['--preset', name])),
      fc.constantFrom(
        ['--start', '^a'],
        ['--end', ':'],
        ['--continue', '^ '],
        ['--start', '^a', '--continue', 'x'],
      ),
    )
    const bound = fc.constantFrom([], ['--max-lines', '2'], ['--hold-records', '2'], ['--max-text', '20'])
    const batches = fc.array(fc.array(line, { maxLength: 8 }), { maxLength: 8 })
    const report = await fc.check(
      fc.asyncProperty(rule, bound, batches, async (rule, bound, batches) => {
        await using stage = await drive(daemon, ...rule, ...bound)
        const receipts = batches.map(lines => stage.push(lines))
        await stage.flush()
        await Promise.all(receipts)
        const pushed = batches.flat()
        assert.deepEqual(messages(stage.out).join('\n'), pushed.join('\n'))
        for (const { message, '@meta': meta } of stage.out) {
          const count = Number(/~(\d+)$/.exec(meta.id)?.[1] ?? 1)
          assert.equal(String(message).split('\n').length, count)
        }
      }),
      { numRuns: process.env.SLUICE_FAULTS === 'long' ? 10_000 : 200 },
    )
    t.diagnostic(`seed ${report.seed}`)
    assert.ok(!report.failed, fc.defaultReportMessage(report) ?? '')
  })
})

describe('sluice-multiline as a process', { concurrency: true }, () => {
  test('is a Unix filter; what is waited with goes at the end of input', async t => {
    const stdin = 'failed:\n  at a\n  at b\nnext\n  more\n'
    const run = new Sluice(t, 'sluice-multiline', ['--hold-timeout', '10m'], { stdin })
    assert.equal(await run.exited, 0, run.stderr)
    const records = run.stdout.trim().split('\n')
    assert.deepEqual(
      records.map(line => JSON.parse(line).message),
      ['failed:\n  at a\n  at b', 'next\n  more'],
    )
  })

  test('SIGTERM: what is waited with goes', async t => {
    const run = new Sluice(t, 'sluice-multiline', ['--hold-timeout', '10m'], { stdin: 'open' })
    run.child.stdin!.write('one\n more\n')
    await run.untilStatus('both lines held', ({ stages }) => stages[0]?.books.held === 2)
    assert.equal(run.stdout, '')
    assert.equal(await run.stop(), 0, run.stderr)
    assert.equal(JSON.parse(run.stdout).message, 'one\n more')
  })
})
