import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { readStar } from '../../../src/commands/run/copies.ts'
import { bulkStub } from '../../faults/ends.ts'
import { freePort } from '../../support/port.ts'
import { Sluice } from '../../support/process.ts'
import { raiseReceiveBuffer, sendDatagrams } from '../../support/udp.ts'

const holding = join(import.meta.dirname, '../../faults/hold-all.ts')

test('the star stands behind the name', () => {
  assert.deepEqual(readStar('syslog-json'), { word: 'syslog-json' })
  assert.deepEqual(readStar('syslog-json*4'), { word: 'syslog-json', count: 4 })
  assert.deepEqual(readStar('./redact.ts*1'), { word: './redact.ts', count: 1 })
  assert.deepEqual(readStar('relay*64'), { word: 'relay', count: 64 })
  for (const wrong of ['relay*', 'relay*0', 'relay*x', 'relay*2x', 'relay*-1', 'relay*65', 'relay*2*2', '*3'])
    assert.throws(
      () => readStar(wrong),
      { name: 'Misuse', message: /behind the star stands how many/ },
      wrong,
    )
})

describe('misuse, in one line', { concurrency: 4 }, () => {
  for (const [what, chain, message] of [
    ['no number', 'relay*x', /relay\*x: behind the star stands how many copies .* 1 to 64, as in relay\*4/],
    [
      'standard input',
      'syslog-json*2 | relay',
      /cannot share standard input; write 'relay \| syslog-json\*2'/,
    ],
    ['standard output', 'relay | relay*2', /cannot share standard output; write 'relay\*2 \| relay'/],
    ['standard output of one copy', 'relay | relay*1', /relay\*1: copies cannot share standard output/],
    [
      'an address that each would bind',
      'relay*2 --pull-bind tcp://127.0.0.1:1 | relay',
      /bound by one process.*write 'relay --pull-bind … \| relay\*2', or use --pull-connect/,
    ],
    [
      'a file that each would read',
      'relay*2 --pull-connect file:///a | relay',
      /each copy would read all of it; write 'relay --pull-connect file:\/\/\/a \| relay\*2'/,
    ],
    [
      'a file that all would write',
      'relay | relay*2 --push-connect file:///a',
      /copies cannot append to one file/,
    ],
    ['a port without --reuse-port', 'syslog-udp*2 | relay', /only with --reuse-port/],
    [
      'a source that has nothing to share',
      'exec*2 -- date | relay',
      /exec\*2: it is a source, and each copy would read or listen to the same; run one/,
    ],
    [
      'dead letters in one file',
      'relay | relay*2 --dead-letters file:///a | relay',
      /each has a file of its own/,
    ],
    [
      'a filter that joins records',
      `relay | ${holding}*2 | relay`,
      /would come to different copies; run one/,
    ],
    ['an inner endpoint', 'relay | relay*2 --pull-connect tcp://127.0.0.1:1 | relay', /joined to relay/],
    ['a flag that there is not', 'relay | relay*2 --buffr 1 | relay', /Did you mean --buffer\?/],
    ['a value that is none', 'relay | relay*2 --buffer lots | relay', /--buffer/],
  ] as const) {
    test(what, async t => {
      const run = new Sluice(t, 'sluice', ['run', '--check', chain], { stdin: 'open' })
      assert.equal(await run.exited, 64)
      assert.match(run.stderr, message)
      assert.equal(run.stderr.split('\n').length, 2)
    })
  }

  test('--check is satisfied with the rest, and starts nothing', async t => {
    const chain = `relay | relay*3 --buffer 2MiB | ${holding}*1 | relay`
    const run = new Sluice(t, 'sluice', ['run', '--check', chain], { stdin: 'open' })
    assert.equal(await run.exited, 0, run.stderr)
    assert.deepEqual(readdirSync(run.folder), [])
  })
})

describe('copies of a stage', { concurrency: 2 }, () => {
  test('between two pipes: all come out, and it ends when the input does', async t => {
    const lines = Array.from({ length: 20_000 }, (_, n) => `<13>Oct 11 22:14:15 web1 app: number ${n}\n`)
    const run = new Sluice(t, 'sluice', ['run', 'relay | syslog-json*3 | relay'], { stdin: lines.join('') })
    assert.equal(await run.exited, 0, run.stderr)
    const records = run.stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    assert.equal(records.length, 20_000)
    assert.equal(new Set(records.map(({ message }) => message)).size, 20_000)
    assert.deepEqual(readdirSync(run.folder), [])
  })

  test('of a source and a sink: senders are spread, both sinks write, and the ledger finds them all', async t => {
    await raiseReceiveBuffer()
    const { node, stub } = await bulkStub(t)
    const port = await freePort()
    const listen = `syslog-udp*2 --reuse-port --listen 127.0.0.1:${port}`
    const chain = `${listen} | syslog-json | elasticsearch*2 --node ${node} --batch-delay 20ms`
    const run = new Sluice(t, 'sluice', ['run', '--name', 'all', chain])
    const { endpoints } = await run.ready()
    assert.deepEqual(endpoints, [`udp://127.0.0.1:${port}`, `udp://127.0.0.1:${port}`])
    const { copies } = await run.status()
    const names = ['all.syslog-udp.1', 'all.syslog-udp.2', 'all.elasticsearch.1', 'all.elasticsearch.2']
    assert.deepEqual(
      copies!.map(({ name }) => name),
      names,
    )
    assert.ok(
      copies!.every(({ pid, restarts, waiting }) => pid! > 0 && restarts === 0 && waiting.length === 0),
    )
    for (let sender = 0; sender < 64; sender++)
      await sendDatagrams(
        port,
        Array.from({ length: 25 }, (_, n) => `<13>Oct 11 22:14:15 web1 app: number ${sender * 25 + n}`),
      )
    await run.until('all of them', () => stub.stored.size === 1600)
    const taken = await Promise.all(names.map(async name => (await run.statusOf(name)).stages[0]!.books.in))
    assert.ok(taken[0]! > 0 && taken[1]! > 0, `each source has had some: ${taken}`)
    assert.equal(taken[0]! + taken[1]!, 1600)
    assert.equal(taken[2]! + taken[3]!, 1600)
    const env = { RUNTIME_DIRECTORY: run.folder }
    const ledger = new Sluice(t, 'sluice', ['ledger'], { env })
    assert.equal(await ledger.exited, 0, ledger.stdout + ledger.stderr)
    assert.match(ledger.stdout, /balanced: 5 daemons, 1,600 records in, 0 held/)
    assert.equal(await run.stop('SIGINT'), 0, run.stderr)
  })

  test('take flags of their stage only, and no variables', async t => {
    const run = new Sluice(t, 'sluice', ['run', 'relay | relay*2 --buffer 3MiB | relay'], {
      stdin: 'open',
      env: { SLUICE_NAME: 'named', SLUICE_GRACE: '7s', SLUICE_BATCH_BYTES: '1KiB', SLUICE_PUSH_CONNECT: '-' },
    })
    await run.ready()
    const { stages } = await run.statusOf('named.relay-2.2')
    const options = stages[0]!.options as { [flag: string]: unknown }
    assert.equal(options['--buffer'], 3 * 2 ** 20)
    assert.equal(options['--batch-bytes'], 512 * 2 ** 10)
    assert.equal(await run.stop(), 0)
  })

  test('with records in the spool of a copy, and nobody there to take them, it is ready', async t => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const nobody = `ack+ipc://${join(folder, 'nobody')}`
    const args = ['run', '--name', 'all', `relay | relay*1 --spool . --push-connect ${nobody}`]
    const first = new Sluice(t, 'sluice', args, { stdin: 'open' })
    await first.ready()
    first.child.stdin!.write('one\n')
    await first.untilStatus('the record in the copy', status => status.stages[0]!.books.spooled === 1)
    assert.equal(await first.stop(), 75, first.stderr)
    const second = new Sluice(t, 'sluice', args, { stdin: 'open', cwd: first.folder })
    const { endpoints } = await second.ready()
    assert.deepEqual(endpoints, ['-', nobody])
    await second.untilStatus('what the copy waits for', ({ copies }) => copies![0]!.waiting.length > 0)
  })

  test('a signal to a copy itself does nothing: it is stopped in its turn', async t => {
    const run = new Sluice(t, 'sluice', ['run', 'relay | relay*1 | relay'], { stdin: 'open' })
    await run.ready()
    const { copies } = await run.status()
    const { pid } = copies![0]!
    for (const signal of ['SIGTERM', 'SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.kill(pid!, signal)
    // The last of them is told in its log.
    await run.log(/^SIGHUP/)
    run.child.stdin!.end('one\n')
    assert.equal(await run.exited, 0, run.stderr)
    assert.equal(JSON.parse(run.stdout).message, 'one')
    assert.ok(!run.logs.some(({ msg }) => /died/.test(msg)), run.stderr)
  })

  test('one that cannot start ends all of it, with its exit code', async t => {
    const taken = createSocket('udp4').bind(0, '127.0.0.1')
    await once(taken, 'listening')
    t.after(() => taken.close())
    const { port } = taken.address()
    const chain = `syslog-udp*2 --reuse-port --listen 127.0.0.1:${port} | relay`
    const run = new Sluice(t, 'sluice', ['run', chain], { stdin: 'open' })
    assert.equal(await run.exited, 70)
    assert.match(run.stderr, /the port is in use by another program/)
    assert.match(
      run.stderr,
      /sluice run: run-\d+\.syslog-udp\.[12] cannot start: it ended with exit code 70; its own line/,
    )
    assert.deepEqual(readdirSync(run.folder), [])
  })

  test('misuse that only the daemon itself finds is misuse of all of it', async t => {
    const run = new Sluice(t, 'sluice', ['run', 'relay | ./picky.ts*2 | relay'], { stdin: 'open' })
    writeFileSync(
      join(run.folder, 'picky.ts'),
      `import { filter, Misuse } from 'sluice'
       export default filter({ summary: 'Refuse', open: () => { throw new Misuse('say something else') } })`,
    )
    assert.equal(await run.exited, 64)
    assert.match(run.stderr, /say something else/)
  })
})
