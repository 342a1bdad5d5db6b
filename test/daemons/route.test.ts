import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import route from '../../src/daemons/route.ts'
import { Misuse } from '../../src/lib/errors.ts'
import { drive } from '../support/drive.ts'
import { freePort } from '../support/port.ts'
import { Sluice } from '../support/process.ts'

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-route-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const idsIn = (file: string) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line)['@meta'].id)

const RECORDS = [
  { severity: 'err', host: 'web1' },
  { severity: 'info', host: 'web2' },
  { severity: 'info', host: 'db1' },
  { severity: 'crit', host: 'db1' },
]

describe('by its fields', () => {
  test('a record goes to the first output whose condition it meets, and else on', async t => {
    const folder = folderFor(t)
    await using stage = await drive(
      route,
      '--to',
      `severity<=3 => file://${folder}/bad`,
      '--to',
      `host:web* => file://${folder}/web`,
    )
    assert.deepEqual(await stage.push(RECORDS), { sent: 1, stored: 3 })
    assert.deepEqual(idsIn(join(folder, 'bad')), ['1', '4'])
    assert.deepEqual(idsIn(join(folder, 'web')), ['2'])
    assert.deepEqual(
      stage.out.map(record => record['@meta'].id),
      ['3'],
    )
  })

  test('--all: a copy under the same id goes to each, and the books say that it was made', async t => {
    const folder = folderFor(t)
    await using stage = await drive(
      route,
      '--all',
      '--to',
      `severity<=3 => file://${folder}/bad`,
      '--to',
      `host:web* => file://${folder}/web`,
      '--to',
      // The same place again: nothing is there twice.
      `host:web1 => file://${folder}/web`,
    )
    assert.deepEqual(await stage.push(RECORDS), { made: 1, sent: 1, stored: 4 })
    assert.deepEqual(idsIn(join(folder, 'bad')), ['1', '4'])
    assert.deepEqual(idsIn(join(folder, 'web')), ['1', '2'])
  })
})

const misuse = (message: RegExp) => (error: Error) => error instanceof Misuse && message.test(error.message)

describe('misuse', () => {
  for (const [rules, says] of [
    [[], /--to is missing/],
    [['file:///x'], /--to: "file:\/\/\/x" is no rule; write 'CONDITION => ENDPOINT'/],
    [['=> file:///x'], /--to: the condition is empty/],
    [['* =>'], /is no rule/],
    [['severity<=bad => file:///x'], /"bad" is not a severity/],
    [['* => ftp://x'], /output ftp:\/\/x: an endpoint is/],
    [['* => ack+tcp://a:1?colour=red'], /unknown query key "colour".*; of an output: name, bind, buffer/],
    [['* => tcp://a:1?buffer=lots'], /output tcp.*: buffer=lots: "lots" is not a size/],
    [['* => tcp://a:1?when-full=panic'], /when-full=panic: "panic" is not one of block, drop-oldest/],
    [['* => tcp://a:1?spool='], /spool= needs a value/],
    [['* => tcp://a:1?name=a/b'], /name=a\/b: use letters/],
    [['* => tcp://a:1?bind=2'], /bind=2: write bind=1/],
    [['* => tcp://0.0.0.0:1?bind=1'], /say --insecure where the network is trusted; or bind to 127.0.0.1/],
    [['a => tcp://a:1', 'b => tcp://a:1?framing=text'], /another one leads there too/],
    [['a => file:///a/x', 'b => file:///b/x'], /another one is called x too; give one of them \?name=NAME/],
  ] as const)
    test(rules.join(', '), async () => {
      await assert.rejects(drive(route, ...rules.flatMap(rule => ['--to', rule])), misuse(says))
    })
})

const INPUT = RECORDS.map(
  (record, n) => `${JSON.stringify({ '@meta': { id: `id${n}` }, ...record })}\n`,
).join('')
const linesOf = (text: string) => text.split('\n').filter(Boolean)

describe('as a process', { concurrency: 4 }, () => {
  test('what no condition is met by goes out by the push side', async t => {
    const folder = folderFor(t)
    const args = ['--to', `severity<=3 => file://${folder}/bad`, '--push-connect', '-']
    const run = new Sluice(t, 'sluice-route', args, { stdin: INPUT })
    assert.equal(await run.exited, 0, run.stderr)
    assert.deepEqual(idsIn(join(folder, 'bad')), ['id0', 'id3'])
    assert.deepEqual(
      linesOf(run.stdout).map(line => JSON.parse(line)['@meta'].id),
      ['id1', 'id2'],
    )
  })

  test('and without one is dropped, and counted', async t => {
    const folder = folderFor(t)
    const run = new Sluice(t, 'sluice-route', ['--to', `severity<=3 => file://${folder}/bad`], {
      stdin: 'open',
    })
    run.child.stdin!.write(INPUT)
    const status = await run.untilStatus('all of them', ({ stages }) => stages[0]!.books.in === 4)
    assert.deepEqual(
      await run
        .untilStatus('all accepted', ({ stages }) => stages[0]!.books.held === 0)
        .then(({ stages }) => stages[0]!.books),
      {
        in: 4,
        stored: 2,
        'dropped:unmatched': 2,
        held: 0,
        balanced: true,
      },
    )
    assert.equal(status.stages[0]!.links.length, 2)
    assert.equal(await run.stop(), 0)
    assert.equal(run.stdout, '')
  })

  test('standard output is an output when it is asked for', async t => {
    const run = new Sluice(t, 'sluice-route', ['--to', 'host:web* => -'], { stdin: INPUT })
    assert.equal(await run.exited, 0, run.stderr)
    assert.equal(linesOf(run.stdout).length, 2)
  })

  test('each output is in /status, /metrics and the ledger', async t => {
    const folder = folderFor(t)
    const nowhere = `ack+tcp://127.0.0.1:${await freePort()}`
    const args = [
      '--name',
      'sorter',
      '--to',
      `severity<=3 => ${nowhere}?name=alarm&spool=${folder}&spool-limit=1MiB`,
    ]
    const rest = ['--to', `* => file://${folder}/rest?when-full=drop-oldest&buffer=2MiB`]
    const run = new Sluice(t, 'sluice-route', [...args, ...rest], { stdin: 'open' })
    run.child.stdin!.write(INPUT)
    const { stages } = await run.untilStatus('all of them', ({ stages }) => {
      const books = stages[0]?.books
      return books?.in === 4 && books.held === 0
    })
    const [stage] = stages
    const outputs = stage!.outputs as { [key: string]: unknown }[]
    assert.deepEqual(
      outputs.map(({ name, whenFull, books, buffer }) => [name, whenFull, books, buffer]),
      [
        [
          'alarm',
          'block',
          { in: 2, spooled: 2, held: 0, balanced: true },
          { held: (outputs[0]!.buffer as { held: number }).held, limit: 64 * 2 ** 20 },
        ],
        [
          'rest',
          'drop-oldest',
          { in: 2, stored: 2, held: 0, balanced: true },
          { held: 0, limit: 2 * 2 ** 20 },
        ],
      ],
    )
    const spool = outputs[0]!.spool as { file: string; records: number; limit: number }
    assert.deepEqual(
      [spool.file, spool.records, spool.limit],
      [join(folder, 'sorter.alarm.spool'), 2, 2 ** 20],
    )
    assert.deepEqual(
      stage!.links.map(link => [link.endpoint, (link as { output?: string }).output]).slice(1),
      [
        [nowhere, 'alarm'],
        [`file://${folder}/rest`, 'rest'],
      ],
    )
    const { body } = await run.admin('/metrics')
    assert.match(body, /^sluice_output_records_in_total\{stage="sorter",output="alarm"\} 2$/m)
    assert.match(
      body,
      /^sluice_output_records_out_total\{stage="sorter",outcome="stored",output="rest"\} 2$/m,
    )
    assert.match(body, /^sluice_spool_records\{stage="sorter",output="alarm"\} 2$/m)
    assert.match(body, /^sluice_link_records_total\{[^}]*output="rest"\} 2$/m)
    const face = (await run.faces()).find(address => address.startsWith('unix:'))!
    const ledger = new Sluice(t, 'sluice', ['ledger', '--json', face.slice('unix:'.length)])
    assert.equal(await ledger.exited, 0, ledger.stderr)
    const { verdict, spools } = JSON.parse(ledger.stdout)
    assert.equal(verdict, 'balanced')
    assert.deepEqual(
      spools.map(({ name, in: taken, held }: { [key: string]: unknown }) => [name, taken, held]),
      [['sorter/alarm', 2, 2]],
    )
    // What is in the spool stays there.
    assert.equal(await run.stop(), 75)
  })

  test('in a chain, the next stage gets what meets no condition', async t => {
    const folder = folderFor(t)
    const rule = `--to 'severity:alert => file://${folder}/alerts'`
    const chain = `syslog-json | route ${rule} | relay --push-connect file://${folder}/others`
    const stdin = Array.from({ length: 5_000 }, (_, n) => `<${n % 5 === 0 ? 9 : 14}>${n}\n`).join('')
    const run = new Sluice(t, 'sluice', ['run', chain], { stdin })
    assert.equal(await run.exited, 0, run.stderr)
    assert.equal(idsIn(join(folder, 'alerts')).length, 1_000)
    assert.equal(idsIn(join(folder, 'others')).length, 4_000)
  })

  test('in a chain it may stand last', async t => {
    const folder = folderFor(t)
    const rule = `--to '* => file://${folder}/all'`
    const copies = new Sluice(t, 'sluice', ['run', '--check', `relay | route*2 ${rule}`], { stdin: '' })
    assert.equal(await copies.exited, 64)
    assert.match(copies.stderr, /route\*2: file:.*copies cannot append to one file/)
    const chain = new Sluice(t, 'sluice', ['run', `syslog-json | route ${rule}`], { stdin: '<13>a\n<13>b\n' })
    assert.equal(await chain.exited, 0, chain.stderr)
    assert.equal(idsIn(join(folder, 'all')).length, 2)
  })

  test('an output that holds up the others is named in the log', async t => {
    const rule = `* => tcp://127.0.0.1:${await freePort()}`
    const run = new Sluice(t, 'sluice-route', ['--buffer', '64KiB', '--grace', '0s', '--to', rule], {
      stdin: INPUT.repeat(5_000),
    })
    await run.log(/^output 127.0.0.1-\d+ takes nothing, and holds up the others$/)
  })

  test('as a variable, rules stand on lines of their own', async t => {
    const folder = folderFor(t)
    const rules = `severity<=3 => file://${folder}/bad\n* => file://${folder}/rest\n`
    const run = new Sluice(t, 'sluice-route', [], { stdin: INPUT, env: { SLUICE_TO: rules } })
    assert.equal(await run.exited, 0, run.stderr)
    assert.deepEqual(
      [idsIn(join(folder, 'bad')), idsIn(join(folder, 'rest'))],
      [
        ['id0', 'id3'],
        ['id1', 'id2'],
      ],
    )
  })
})
