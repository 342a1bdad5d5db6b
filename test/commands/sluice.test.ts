import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { namesIn } from '../../src/lib/registry.ts'
import { Sluice } from '../support/process.ts'

const OWN = "import { filter, sink, text } from 'sluice'\n"

describe('sluice', { concurrency: true }, () => {
  for (const args of [[], ['--help']]) {
    test(`sluice ${args.join(' ')} names every daemon and command, within 80 columns`, async t => {
      const run = new Sluice(t, 'sluice', args)
      assert.equal(await run.exited, 0)
      for (const name of [...namesIn('daemons'), ...namesIn('commands')])
        assert.match(run.stdout, new RegExp(`^  ${name} .*[A-Z]`, 'm'))
      assert.deepEqual(
        run.stdout.split('\n').filter(line => line.length > 80),
        [],
      )
    })
  }

  test('sluice NAME is sluice-NAME', async t => {
    const [short, long] = [
      new Sluice(t, 'sluice', ['syslog-udp', '--help']),
      new Sluice(t, 'sluice-syslog-udp', ['--help']),
    ]
    assert.deepEqual([await short.exited, await long.exited], [0, 0])
    assert.equal(short.stdout, long.stdout)
  })

  test('sluice help NAME and sluice-NAME help are sluice-NAME --help', async t => {
    const asked = [
      new Sluice(t, 'sluice-tail', ['--help']),
      new Sluice(t, 'sluice', ['help', 'tail']),
      new Sluice(t, 'sluice-tail', ['help']),
    ]
    for (const run of asked) assert.equal(await run.exited, 0, run.stderr)
    assert.equal(new Set(asked.map(({ stdout }) => stdout)).size, 1)
    assert.match(asked[0]!.stdout, /^Usage: sluice-tail /)
  })

  test('an unknown word is misuse, with a suggestion', async t => {
    const run = new Sluice(t, 'sluice', ['syslog-upd', '--listen', ':1'])
    assert.equal(await run.exited, 64)
    assert.match(run.stderr, /^sluice: unknown command 'syslog-upd' \(Did you mean syslog-udp\?\).*\n$/)
  })

  for (const [what, code, message] of [
    ['a file that is not there', undefined, /own.ts: there is no such file/],
    ['a file that is no daemon', 'export default 7', /own.ts: its default export must be source\(/],
    ['a file that does not parse', 'export default (', /own.ts: /],
    [
      'a file that imports what is not there',
      "import './nothing.ts'\nexport default 7",
      /own.ts: .*nothing.ts/,
    ],
    [
      'a daemon that cannot be opened',
      `${OWN}export default filter({ summary: '' })`,
      /has no function `open`/,
    ],
    ['a daemon without a summary', `${OWN}export default filter({ open() {} })`, /has no `summary`/],
    [
      'a sink without its batch',
      `${OWN}export default sink({ summary: '', open() {} })`,
      /states its `batch`/,
    ],
    [
      'a daemon with an option that every daemon has',
      `${OWN}export default filter({ summary: '', options: { batchBytes: text('') }, open() {} })`,
      /its option --batch-bytes is one that every daemon has/,
    ],
  ] as const) {
    test(`${what} is misuse, in one line`, async t => {
      const run = await own(t, code)
      assert.equal(await run.exited, 64)
      assert.match(run.stderr, message)
      assert.equal(run.stderr.split('\n').length, 2)
    })
  }
})

test('a daemon whose open returns nothing ends with one line that says so', async t => {
  const run = await own(t, `${OWN}export default filter({ summary: '', open() {} })`)
  assert.equal(await run.exited, 70)
  assert.match(run.stderr, /own-\d+: open must return a function/)
  assert.doesNotMatch(run.stderr, / {4}at /)
})

/** Runs ./own.ts with this code. */
async function own(t: TestContext, code: string | undefined): Promise<Sluice> {
  const first = new Sluice(t, 'sluice', ['--version'])
  await first.exited
  if (code !== undefined) writeFileSync(join(first.folder, 'own.ts'), code)
  return new Sluice(t, 'sluice', ['./own.ts'], { cwd: first.folder, stdin: '' })
}
