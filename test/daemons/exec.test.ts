import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import exec from '../../src/daemons/exec.ts'
import type { LogRecord } from '../../src/lib/record.ts'
import { untilGone } from '../support/alive.ts'
import { drive } from '../support/drive.ts'
import { Sluice } from '../support/process.ts'

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-exec-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const shell = (script: string, ...flags: string[]) => drive(exec, ...flags, '--', 'sh', '-c', script)

const once1 = ['--restart', 'never']

/** Fields of records, without the process id, which is another one each time. */
const plain = (records: readonly LogRecord[]) =>
  records.map(({ '@meta': _, process, ...fields }) => {
    const { pid, ...rest } = (process ?? {}) as { pid?: number }
    return { ...fields, process: rest }
  })

const messages = (records: readonly { [key: string]: unknown }[]) => records.map(({ message }) => message)

describe('sluice-exec', { concurrency: true }, () => {
  test('a line is a record: which command, which process, which stream; the bytes of what is not UTF-8', async () => {
    await using stage = await shell('echo out; echo err >&2; printf "caf\\351\\r\\n\\nend"; exit 3', ...once1)
    await assert.rejects(stage.ended, /sh: the last run failed/)
    const records = await stage.until(3)
    const of = (stream: string) => plain(records.filter(record => record.stream === stream))
    const process = { name: 'sh' }
    assert.deepEqual(of('stdout'), [
      { message: 'out', stream: 'stdout', process },
      { message: 'caf\ufffd', stream: 'stdout', process },
      { message: 'end', stream: 'stdout', process },
    ])
    assert.deepEqual(of('stderr'), [{ message: 'err', stream: 'stderr', process }])
    const latin = records.find(({ message }) => message === 'caf\ufffd')!
    assert.equal(latin['@meta'].bytes, Buffer.from('caf\xe9', 'latin1').toString('base64'))
    assert.ok(records.every(record => typeof (record.process as { pid: number }).pid === 'number'))
    assert.equal(stage.stage.counters.get('failed'), 1)
  })

  test('ndjson: a line that is an object is the record; what it says of itself stays, its @meta is not believed', async () => {
    const lines = [
      '{"a":1,"big":12345678901234567890}',
      'a text',
      '{"a":',
      '{"@meta":{"id":"forged"},"process":{"name":"own"},"stream":7}',
      '[1]',
    ]
    await using stage = await shell(`cat <<'E'\n${lines.join('\n')}\nE`, ...once1, '--format', 'ndjson')
    const records = await stage.until(5)
    await stage.stop()
    const own = { process: { name: 'sh' }, stream: 'stdout' }
    assert.deepEqual(JSON.parse(JSON.stringify(plain(records))), [
      { a: 1, big: 12345678901234567000, ...own },
      { message: 'a text', ...own },
      { message: '{"a":', ...own },
      { _meta: { id: 'forged' }, process: { name: 'own' }, stream: 7 },
      { message: '[1]', ...own },
    ])
    assert.match(JSON.stringify(records[0]), /"big":12345678901234567890/)
    assert.notEqual(records[3]!['@meta'].id, 'forged')
    assert.deepEqual(
      ['notJson', 'strangersMeta'].map(counter => stage.stage.counters.get(counter)),
      [1, 1],
    )
  })

  test('a line that is too long is cut, split or refused, as text also where JSON is expected', async () => {
    const script = `echo before; printf '{"a":"'; head -c 3000 /dev/zero | tr '\\0' x; echo '"}'; echo after`
    const limits = ['--max-record', '1KiB', '--format', 'ndjson', ...once1]
    const run = async (oversize: string, count: number) => {
      const stage = await shell(script, ...limits, '--oversize', oversize)
      const records = await stage.until(count)
      await stage.stop()
      await stage.books.idle()
      const rejected = stage.rejected
      await stage.close()
      return { records, rejected }
    }
    const cut = await run('truncate', 3)
    assert.equal(cut.records[1]!['@meta'].truncated, 3008)
    assert.deepEqual(messages([cut.records[0]!, cut.records[2]!]), ['before', 'after'])
    const split = await run('split', 7)
    assert.equal(messages(split.records.slice(1, -1)).join('').length, 3008)
    const refused = await run('reject', 2)
    assert.equal(refused.rejected[0]!['@meta'].dead!.reason, 'oversize')
  })

  test('one that ends is started again, and what it had written is not lost', async t => {
    const folder = folderOf(t)
    const script = `echo $$ >> ${folder}/pids; seq 1 1000; echo no end; printf x`
    await using stage = await shell(script)
    const records = await stage.until(3 * 1002)
    await stage.stop()
    const pids = readFileSync(join(folder, 'pids'), 'utf8').trim().split('\n').map(Number)
    assert.deepEqual(
      pids
        .slice(0, 3)
        .map(pid => records.filter(({ process }) => (process as { pid: number }).pid === pid).length),
      [1002, 1002, 1002],
    )
    assert.ok(stage.stage.counters.get('restarts')! >= 2)
  })

  test('after a failure only, or never: then it ends when all have ended', async t => {
    const folder = folderOf(t)
    const script = `if [ -e ${folder}/second ]; then echo second; else touch ${folder}/second; echo first; exit 1; fi`
    await using again = await shell(script, '--restart', 'failure')
    await again.until(2)
    await again.stop()
    assert.deepEqual(messages(again.out), ['first', 'second'])
    const run = new Sluice(t, 'sluice-exec', [...once1, '--run', 'b=echo two', '--', 'echo', 'one'])
    assert.equal(await run.exited, 0)
    assert.deepEqual(messages(await run.records(2)).sort(), ['one', 'two'])
  })

  test('one that cannot go on is not ready, and its own name says so', async () => {
    await using stage = await drive(
      exec,
      '--run',
      'bad=sh -c "exit 4"',
      '--run',
      'good=sh -c "echo ok; sleep 1000"',
    )
    await stage.until(1)
    while (!stage.stage.waiting.has('bad')) await new Promise(setImmediate)
    assert.deepEqual([...stage.stage.waiting], [['bad', 'bad ended with exit code 4; it is started again']])
    await stage.stop()
  })

  test('one that has ended for good, or says something on standard error alone, is not waited for', async t => {
    const folder = folderOf(t)
    const script = `[ -e ${folder}/second ] && exit 0; touch ${folder}/second; exit 4`
    await using ended = await shell(script, '--restart', 'failure')
    await ended.ended
    assert.deepEqual([[...ended.stage.waiting], ended.stage.counters.get('restarts')], [[], 1])
    const talk = `[ -e ${folder}/third ] || { touch ${folder}/third; exit 4; }; echo works >&2; sleep 1000`
    await using talking = await shell(talk)
    await talking.until(1)
    assert.deepEqual([[...talking.stage.waiting], talking.stage.counters.get('restarts')], [[], 1])
  })

  test('on a schedule: again and again, without input; failures and ends are seen', async () => {
    const script = 'cat; echo run; exit 2'
    await using stage = await shell(script, '--every', '20ms', '--exits', 'failed', '--stderr', 'log')
    await stage.until(6)
    await stage.stop()
    const exits = stage.out.filter(({ stream }) => stream === 'exit')
    assert.ok(exits.length >= 2)
    const { message, process, seconds } = exits[0]! as unknown as {
      message: string
      process: { name: string; exit_code: number }
      seconds: number
    }
    assert.deepEqual([message, process.name, process.exit_code], ['sh ended with exit code 2', 'sh', 2])
    assert.ok(seconds >= 0 && seconds < 60)
    assert.ok(stage.stage.counters.get('failed')! >= 2)
    assert.ok(stage.log.some(({ level, msg }) => level === 'warn' && msg === 'sh ended with exit code 2'))
    assert.equal(stage.stage.waiting.size, 0)
  })

  test('a run that takes too long is ended; meanwhile no other is started', async t => {
    const folder = folderOf(t)
    const script = `echo x >> ${folder}/now; [ $(wc -l < ${folder}/now) = 1 ] || echo two at once; sleep 1000 & echo started $!; wait; `
    await using stage = await shell(
      `trap 'rm ${folder}/now; exit 9' TERM; ${script}`,
      ...['--every', '20ms', '--timeout', '200ms', '--exits', 'all'],
    )
    const records = await stage.until(4)
    await stage.stop()
    assert.ok(!messages(records).includes('two at once'))
    assert.ok(messages(records).includes('sh was ended: longer than --timeout 0.2s'))
    assert.deepEqual(records.find(({ stream }) => stream === 'exit')!.process, {
      name: 'sh',
      pid: (records[0]!.process as { pid: number }).pid,
      exit_code: 9,
    })
    for (const counter of ['late', 'failed']) assert.ok(stage.stage.counters.get(counter)! >= 1, counter)
    assert.ok(stage.stage.counters.get('skipped')! >= 1)
    const left = messages(records).map(message => Number(/^started (\d+)/.exec(String(message))?.[1]))
    await untilGone(left.filter(Boolean))
  })

  test('standard error in the log', async () => {
    await using stage = await shell('echo secret >&2; echo out', ...once1, '--stderr', 'log')
    await stage.until(1)
    await stage.stop()
    assert.deepEqual(messages(stage.out), ['out'])
    assert.ok(stage.log.some(({ stderr, command }) => stderr === 'secret' && command === 'sh'))
  })

  test('the first line on its input is what it is configured with', async () => {
    const config = '{"path": "/var/log/x", "n": 1}'
    await using stage = await shell('read -r line; echo "$line"; echo again', '--config-line', config)
    await stage.until(4)
    await stage.stop()
    assert.deepEqual(messages(stage.out).slice(0, 4), [config, 'again', config, 'again'])
    await assert.rejects(shell('', '--config-line', '{'), /--config-line: it is no JSON/)
  })

  test('a line that is posted reaches the command, with the words of the docs', async t => {
    const folder = folderOf(t)
    const script = 'while read -r line; do echo "got $line"; done'
    const run = new Sluice(t, 'sluice-exec', ['--name', 'collect', '--run', `app=sh -c '${script}'`])
    await run.ready()
    const docs = readFileSync(join(import.meta.dirname, '../../docs/commands.md'), 'utf8')
    const line = /^curl --unix-socket .*\/stdin\/app$/m.exec(docs)?.[0]
    assert.ok(line, 'the line is in docs/commands.md')
    const command = line.replace('/run/sluice/collect.sock', join(run.folder, 'collect.sock'))
    const { stdout } = await promisify(execFile)('sh', ['-c', command], { cwd: folder })
    assert.equal(stdout, 'it was given the line\n')
    assert.deepEqual(messages(await run.records(1)), ['got {"do":"pause"}'])
    const { status, body } = await run.admin('/stdin/app')
    assert.equal(status, 200)
    assert.equal(typeof JSON.parse(body).pid, 'number')
    assert.equal(await run.stop(), 0)
  })

  test('what cannot be given to a command is refused, with the reason', async () => {
    await using stage = await drive(
      exec,
      '--run',
      'deaf=sleep 1000',
      '--run',
      'closed=sh -c "exec <&-; sleep 1000"',
    )
    const posted = (body: string | Buffer) =>
      ({ method: 'POST', body: Buffer.from(body), query: new URLSearchParams(), isTrusted: true }) as const
    const post = async (name: string, body: string | Buffer) =>
      (await stage.admin.get(`/stdin/${name}`)!(posted(body))).status
    while ((await post('deaf', 'x')) === 409) await new Promise(setImmediate)
    for (const body of ['', '\n', 'a\nb', Buffer.from([0xff])]) assert.equal(await post('deaf', body), 400)
    const large = Buffer.alloc(2 ** 20 - 1, 'x')
    assert.equal(await post('deaf', large), 200)
    assert.equal(await post('deaf', 'x'), 503)
    await stage.stop()
    assert.equal(await post('deaf', 'x'), 409)
    await using scheduled = await drive(exec, '--every', '1h', '--', 'sleep', '1000')
    const answer = await scheduled.admin.get('/stdin/sleep')!(posted('x'))
    assert.deepEqual(answer, { status: 409, body: 'a scheduled command reads nothing' })
  })

  test('in a chain its paths have the name of the stage', async t => {
    const run = new Sluice(t, 'sluice', ['run', 'exec -- cat | relay --push-connect -'])
    await run.ready()
    assert.match((await run.admin('/exec/stdin/cat')).body, /"pid"/)
    assert.equal((await run.admin('/stdin/cat')).status, 404)
  })

  test('while there is no room it is not read: the command waits, and nothing is lost', async t => {
    const folder = folderOf(t)
    const script = `seq 1 200000; touch ${folder}/done; sleep 1000`
    await using stage = await shell(script, '--buffer', '64KiB', '--batch-delay', '0')
    const held = Promise.withResolvers<void>()
    stage.answer = async batch => {
      await held.promise
      return { sent: batch.count }
    }
    await stage.until(1)
    // Far more than the buffer and the pipe hold is still to come, and nobody reads it.
    const { taken } = stage.books
    for (let n = 0; n < 50; n++) await new Promise(resolve => setTimeout(resolve, 2))
    assert.ok(stage.books.taken < 100_000, `${taken}, then ${stage.books.taken}`)
    assert.equal(existsSync(join(folder, 'done')), false)
    held.resolve()
    const records = await stage.until(200_000)
    assert.deepEqual(
      messages(records),
      Array.from({ length: 200_000 }, (_, n) => String(n + 1)),
    )
    await stage.stop()
  })

  test('a stop ends commands with SIGTERM, what they say then included; in the end with SIGKILL', async t => {
    const polite = new Sluice(t, 'sluice-exec', [
      ...[
        '--stderr',
        'log',
        '--',
        'sh',
        '-c',
        'trap "echo bye; exit 0" TERM; echo ready; while :; do sleep 0.01; done',
      ],
    ])
    await polite.records(1)
    assert.equal(await polite.stop(), 0)
    assert.deepEqual(messages(await polite.records(2)), ['ready', 'bye'])
    const deaf = new Sluice(t, 'sluice-exec', [
      ...['--grace', '200ms', '--', 'sh', '-c', 'trap "" TERM; echo $$; while :; do sleep 0.01; done'],
    ])
    const pid = Number((await deaf.records(1))[0]!.message)
    deaf.child.kill('SIGTERM')
    await deaf.exited
    await untilGone([pid])
  })

  test('a command on another host, by ssh; a connection that breaks is made again', async t => {
    // In its place: what runs what is behind the name of the host, here, and breaks when a file is there.
    const folder = folderOf(t)
    const broken = join(folder, 'broken')
    writeFileSync(
      join(folder, 'ssh'),
      `#!/bin/sh\n[ "$1" = web1 ] || exit 2\nshift\n"$@" & child=$!\nwhile kill -0 $child 2>/dev/null; do [ -e ${broken} ] && { rm ${broken}; kill $child; exit 255; }; sleep 0.02; done\n`,
    )
    chmodSync(join(folder, 'ssh'), 0o755)
    const log = join(folder, 'app.log')
    writeFileSync(log, 'old\n')
    const run = new Sluice(
      t,
      'sluice-exec',
      ['--run', `web1=ssh web1 tail -n 0 -F ${log}`, '--stderr', 'log'],
      {
        env: { PATH: `${folder}:${process.env.PATH}` },
      },
    )
    await run.ready()
    const add = async (line: string, count: number) => {
      // Until it has come: when the other end has opened the file is not known here.
      for (;;) {
        writeFileSync(log, `${line}\n`, { flag: 'a' })
        await new Promise(resolve => setTimeout(resolve, 20))
        if (run.stdout.includes(`"${line}"`)) return run.records(count)
      }
    }
    const [first] = await add('first', 1)
    assert.equal((first!.process as { name: string }).name, 'web1')
    writeFileSync(broken, '')
    await run.untilStatus('a new connection', ({ stages }) => stages[0]!.counters.restarts === 1)
    await add('second', 2)
    assert.ok(!run.stdout.includes('"old"'))
    assert.equal(await run.stop(), 0)
  })

  test('kill -9 of the daemon ends its commands, and what they started', async t => {
    const run = new Sluice(t, 'sluice-exec', [
      ...['--run', 'a=sleep 1000', '--', 'sh', '-c', 'sleep 1000 & echo $$ $!; trap "" HUP TERM; wait'],
    ])
    const pids = String((await run.records(1))[0]!.message)
      .split(' ')
      .map(Number)
    const { body } = await run.admin('/stdin/a')
    run.child.kill('SIGKILL')
    await once(run.child, 'exit')
    await untilGone([...pids, JSON.parse(body).pid])
  })

  test('misuse', async t => {
    await assert.rejects(drive(exec), /which command\?/)
    await assert.rejects(
      drive(exec, '--every', '1s', '--cron', '* * * * *', '--', 'true'),
      /only one of them/,
    )
    await assert.rejects(drive(exec, '--cron', 'now', '--', 'true'), /^Misuse: --cron "now": /)
    await assert.rejects(drive(exec, '--run', 'a | b'), /no shell reads it/)
    const run = new Sluice(t, 'sluice-exec', ['--cron', '* * *', '--', 'true'])
    assert.equal(await run.exited, 64)
  })
})
