import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import pipe from '../../src/daemons/pipe.ts'
import { Misuse } from '../../src/lib/index.ts'
import type { Fields } from '../../src/lib/record.ts'
import { drive } from '../support/drive.ts'
import { root, Sluice } from '../support/process.ts'

// Where `python3` is a shim that looks for a version, it takes a second.
const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3'
const script = join(root, 'test/daemons/pipe/coprocess.py')

/** The daemon with a command that does what each message says. */
const start = (...flags: string[]) => drive(pipe, ...flags, '--', python, script)

const messagesOf = (records: readonly Fields[]) => records.map(({ message }) => message)

/** Numbered messages, of which some are something else. */
const numbered = (count: number, others: { [n: number]: string } = {}) =>
  Array.from({ length: count }, (_, n) => others[n] ?? `number ${n}`)

describe('sluice-pipe', { concurrency: true }, () => {
  test('an object replaces the record, a list is several, null is none', async () => {
    await using stage = await start()
    const receipt = await stage.push(['one', 'split a b c', 'drop', 'split', 'two'])
    assert.deepEqual(receipt, { sent: 5, made: 2, 'dropped:filtered': 2 })
    assert.deepEqual(
      stage.out.map(({ '@meta': { id }, ...fields }) => [id, fields]),
      [
        ['1', { message: 'one', seen: true }],
        ['2.0', { part: 'a' }],
        ['2.1', { part: 'b' }],
        ['2.2', { part: 'c' }],
        ['5', { message: 'two', seen: true }],
      ],
    )
  })

  test('@meta is what it was, and bytes that are not what the message says any more are gone', async () => {
    await using stage = await start()
    const meta = { received: 7, peer: '192.0.2.1:9', sender: 'x', other: [1] }
    const bytes = Buffer.from('caf\xe9', 'latin1').toString('base64')
    await stage.push([
      { '@meta': { ...meta, bytes }, message: 'caf\ufffd' },
      { '@meta': { ...meta, bytes }, message: 'split a' },
      { '@meta': meta, message: 'forge' },
    ])
    assert.deepEqual(
      stage.out.map(record => record['@meta']),
      [
        { id: '1', ...meta, bytes },
        { id: '2', ...meta },
        { id: '3', ...meta },
      ],
    )
  })

  test('many batches are under way at once, and come out in their order', async () => {
    await using stage = await start()
    const receipts = await Promise.all(Array.from({ length: 40 }, (_, n) => stage.push([`a ${n}`, `b ${n}`])))
    assert.deepEqual(receipts[0], { sent: 2 })
    const expected = Array.from({ length: 40 }, (_, n) => [`a ${n}`, `b ${n}`]).flat()
    assert.deepEqual(messagesOf(stage.out), expected)
  })

  test('a record that kills it becomes a dead letter; those around it do not, and keep their order', async () => {
    await using stage = await start('--attempts', '2')
    const receipt = await stage.push(numbered(100, { 20: 'die this', 50: 'die that' }))
    assert.deepEqual(receipt, { sent: 98, dead: 2 })
    assert.deepEqual(
      messagesOf(stage.out),
      numbered(100).filter((_, n) => n !== 20 && n !== 50),
    )
    const { '@meta': meta, message } = stage.rejected[0]!
    assert.equal(message, 'die this')
    assert.equal(meta.dead!.reason, 'command-died')
    assert.equal(meta.dead!.detail, 'it ended with exit code 3; its last words: about to die of this')
    const { restarts, repeated } = Object.fromEntries(stage.stage.counters)
    assert.ok(restarts! >= 6 && restarts! <= 8 && repeated! > restarts!, `${restarts} ${repeated}`)
    assert.equal(stage.stage.waiting.size, 0)
  })

  test('one that does not answer in time is ended, and the record to blame is a dead letter', async () => {
    await using stage = await start('--timeout', '1s', '--attempts', '2')
    assert.deepEqual(await stage.push(['one', 'hang', 'two']), { sent: 2, dead: 1 })
    assert.deepEqual(messagesOf(stage.out), ['one', 'two'])
    const { reason, detail } = stage.rejected[0]!['@meta'].dead!
    assert.equal(reason, 'no-answer')
    assert.match(detail!, /no answer came within 1000 ms \(does it write each line at once/)
  })

  test('an answer that is no JSON, and says whose it is, refuses its record, and nothing else happens', async () => {
    await using stage = await start()
    assert.deepEqual(await stage.push(['one', 'nan', 'latin1', 'two']), { sent: 2, dead: 2 })
    assert.deepEqual(
      stage.rejected.map(({ '@meta': { dead } }) => dead!.reason),
      ['bad-answer', 'bad-answer'],
    )
    assert.match(stage.rejected[1]!['@meta'].dead!.detail!, /not UTF-8/)
    assert.equal(stage.stage.counters.get('restarts'), 0)
  })

  const outOfStep: [string, RegExp][] = [
    ['stray', /no JSON object, list or null: "a line for somebody else"/],
    ['twice', /not asked for|another record/],
    ['bare', /no answer \(.*JSON.*\): "\{\\"number/],
    ['log', /no answer \(.*JSON.*\): "\[INFO\] loading"/],
  ]
  for (const [what, says] of outOfStep) {
    test(`lines that do not belong to records (${what}): it is started again, and no answer goes to another record`, async () => {
      await using stage = await start('--attempts', '2')
      const receipt = await stage.push(numbered(30, { 10: what }))
      const { sent = 0, dead = 0 } = receipt
      assert.ok(dead <= 1 && sent + dead === 30, JSON.stringify(receipt))
      assert.deepEqual(
        messagesOf(stage.out).filter(message => message !== what),
        numbered(30).filter((_, n) => n !== 10),
      )
      const { reason, detail } = stage.log.find(({ msg }) => msg.startsWith('the command died'))! as never
      assert.equal(reason, 'out-of-step')
      assert.match(detail, says)
    })
  }

  test('a line that looks like an answer is none where answers do not say whose they are: nobody gets that of another', async () => {
    const code = [
      'import json, os, sys',
      'for n, line in enumerate(sys.stdin):',
      '  message = json.loads(line)["message"]',
      // Once, and as long as it has not been told that it did.
      '  if message == "two" and not os.path.exists(sys.argv[1]): open(sys.argv[1], "w"); print("[INFO] loading", flush=True)',
      '  print(json.dumps({"message": message, "of": message}), flush=True)',
    ].join('\n')
    const folder = mkdtempSync(join(tmpdir(), 'sluice-pipe-'))
    await using stage = await drive(pipe, '--', python, '-c', code, join(folder, 'said'))
    const receipt = await stage.push([{ message: 'one' }, { message: 'two' }, { message: 'three' }])
    rmSync(folder, { recursive: true })
    assert.deepEqual(receipt, { sent: 3 })
    assert.deepEqual(
      stage.out.map(({ '@meta': { id }, of }) => [id, of]),
      [
        ['1', 'one'],
        ['2', 'two'],
        ['3', 'three'],
      ],
    )
    assert.equal(stage.stage.counters.get('restarts'), 1)
  })

  test('a record that it leaves unanswered is noticed by the next answer', async () => {
    await using stage = await start('--timeout', '1s', '--attempts', '2')
    assert.deepEqual(await stage.push(['one', 'silent', 'two', 'three']), { sent: 3, dead: 1 })
    assert.equal(stage.rejected[0]!.message, 'silent')
    assert.deepEqual(messagesOf(stage.out), ['one', 'two', 'three'])
  })

  test('one that closes its output is started again', async () => {
    await using stage = await start('--attempts', '2')
    assert.deepEqual(await stage.push(['one', 'close', 'two']), { sent: 2, dead: 1 })
    assert.match(stage.rejected[0]!['@meta'].dead!.detail!, /it closed its output/)
  })

  test('a record that cannot be written as JSON is a dead letter', async () => {
    await using stage = await start()
    const cycle: Fields = { message: 'round' }
    cycle.cycle = cycle
    assert.deepEqual(await stage.push(['one', cycle, 'two']), { sent: 2, dead: 1 })
    assert.equal(stage.rejected[0]!['@meta'].dead!.reason, 'unwritable')
  })

  test('it does not get the options of Sluice as variables', async t => {
    const run = new Sluice(t, 'sluice-pipe', ['--', python, script], {
      env: { SLUICE_SECRET: 'x', OTHER: 'y' },
      stdin: 'environment\n',
    })
    const [record] = await run.records(1)
    const names = record!.names as string[]
    assert.ok(names.includes('OTHER') && names.includes('PATH'))
    assert.deepEqual(
      names.filter(name => name.startsWith('SLUICE')),
      [],
    )
  })

  test('the script of the docs does what they say', async t => {
    const docs = readFileSync(join(root, 'docs/commands.md'), 'utf8')
    const [, name, code] = /<!-- file: (\S+) -->\n```python\n([\s\S]*?)```/.exec(docs)!
    const [, command] = /<!-- run -->\n```sh\n(.*)\n```/.exec(docs)!
    const cwd = mkdtempSync(join(tmpdir(), 'sluice-pipe-'))
    t.after(() => rmSync(cwd, { recursive: true }))
    writeFileSync(join(cwd, name!), code!)
    const env = { PATH: `${join(root, 'bin')}:${dirname(python)}:${process.env.PATH}` }
    const run = new Sluice(t, '/bin/sh', ['-c', command!], { cwd, env })
    assert.equal(await run.exited, 0, run.stderr)
    const records = await run.records(1)
    assert.deepEqual(
      records.map(({ message, score }) => [message, score]),
      [['DISK FULL on web1', 0.5]],
    )
  })

  test('without a command, or with one that is not there: misuse', async t => {
    await assert.rejects(drive(pipe), /which command\? Write it behind --/)
    await assert.rejects(drive(pipe, '--', 'no-such-program'), Misuse)
    const run = new Sluice(t, 'sluice-pipe', ['--', 'no-such-program', '-x'], { stdin: 'open' })
    assert.equal(await run.exited, 64)
    assert.match(run.stderr, /^sluice-pipe: no-such-program: there is no such program; PATH is /m)
  })

  test('a command that never answers anything ends the daemon when its input ends: nothing is a dead letter', async t => {
    const broken = 'import sys; print("no module named model", file=sys.stderr); sys.exit(1)'
    const run = new Sluice(t, 'sluice-pipe', ['--', python, '-c', broken], { stdin: 'one\ntwo\n' })
    assert.equal(await run.exited, 70)
    assert.match(
      run.stderr,
      /the command died before it had answered anything: .*exit code 1; .*no module named model/,
    )
    assert.equal(run.stdout, '')
    assert.doesNotMatch(run.stderr, /dead letter/)
    assert.deepEqual(readdirSync(run.folder), [], 'its admin socket is left')
  })

  test('while it is broken the daemon is not ready, and says why; then it goes on', async t => {
    const mended = 'mended'
    const code = [
      'import json, os, sys',
      `if not os.path.exists(${JSON.stringify(mended)}): sys.exit(5)`,
      'for line in sys.stdin: print(line.strip(), flush=True)',
    ].join('\n')
    const run = new Sluice(t, 'sluice-pipe', ['--', python, '-c', code], { stdin: 'open' })
    run.child.stdin!.write('one\ntwo\n')
    await run.untilStatus('deaths', ({ stages }) => (stages[0]?.counters.restarts ?? 0) > 6)
    const { status, body } = await run.admin('/readyz')
    assert.deepEqual([status, body], [503, 'the command died: it ended with exit code 5\n'])
    writeFileSync(join(run.folder, mended), '')
    assert.deepEqual(messagesOf(await run.records(2)), ['one', 'two'])
    assert.equal((await run.admin('/readyz')).status, 200)
    run.child.stdin!.end()
    assert.equal(await run.exited, 0)
  })

  test('the commands of copies are their own', async t => {
    const chain = `relay --pull-connect - | pipe*2 -- ${python} ${script} | relay --push-connect -`
    const run = new Sluice(t, 'sluice', ['run', chain], { stdin: `${numbered(50).join('\n')}\n` })
    assert.equal(await run.exited, 0, run.stderr)
    const records = await run.records(50)
    assert.ok(records.every(({ seen }) => seen))
    assert.deepEqual(messagesOf(records).sort(), numbered(50).sort())
  })
})
