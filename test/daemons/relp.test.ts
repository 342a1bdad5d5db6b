import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import {
  counted,
  fromTo,
  messagesOf,
  OFFERS,
  RelpClient,
  relpFrame,
  startAlone,
  startRelp,
} from '../support/relp.ts'

describe('sluice-relp', { concurrency: 4 }, () => {
  test('makes one record of a message, octet by octet what was sent, and answers each command', async t => {
    const run = startRelp(t)
    const client = await RelpClient.open(t, await run.port())
    assert.match(
      client.told,
      /^1 rsp \d+ 200 OK\nrelp_version=0\nrelp_software=sluice,\S+\ncommands=syslog\n$/,
    )
    const latin1 = Buffer.from('<13>caf\u00e9', 'latin1')
    const texts = ['<13>one', ' \n2 syslog 1 x\n', 'N\0L', latin1]
    for (const text of texts) client.send('syslog', text)
    const number = client.send('close')
    const told = await client.closed()
    assert.deepEqual(client.safe, [2, 3, 4, 5, number])
    assert.match(told, new RegExp(`\n${number} rsp 6 200 OK\n$`), 'the answer to close is the last word')
    const records = await run.records(texts.length)
    assert.deepEqual(messagesOf(records), [...texts.slice(0, 3), '<13>caf\ufffd'])
    const { id, received, peer, ...rest } = records[0]!['@meta'] as Record<string, unknown>
    assert.match(id as string, /^[0-9a-z]{20,26}$/)
    assert.ok(Math.abs((received as number) - Date.now()) < 60_000)
    assert.match(peer as string, /^127\.0\.0\.1:\d+$/)
    assert.deepEqual(rest, {})
    assert.deepEqual(Buffer.from((records[3]!['@meta'] as { bytes: string }).bytes, 'base64'), latin1)
    assert.equal((await counted(run, 'answered', 4)).stages[0]!.books.in, 4)
    // What is handed to a pipe is not safe yet.
    await run.log(/^- does not acknowledge/)
  })

  test('answers a message when what comes after this daemon has accepted it, and no sooner', async t => {
    const { run, join } = await startAlone(t)
    const client = await RelpClient.open(t, await run.port())
    for (const n of fromTo(1, 3)) client.send('syslog', `number ${n}`)
    await run.untilStatus('three that are held', ({ stages }) => stages[0]!.books.held === 3)
    assert.deepEqual(client.safe, [])
    const sink = join()
    await client.until(({ safe }) => safe.length === 3)
    assert.equal((await sink.records(3)).length, 3)
  })

  test('answers by the spool, with nobody behind it', async t => {
    const { run } = await startAlone(t, '--spool', '.')
    const client = await RelpClient.open(t, await run.port())
    for (const n of fromTo(1, 300)) client.send('syslog', `number ${n}`)
    await client.until(({ safe }) => safe.length === 300)
    assert.deepEqual(client.safe, fromTo(2, 301))
    assert.equal(await run.stop(), 75)
  })

  test('reads no further than there is room, refuses nothing, and nothing is lost', async t => {
    const { run, join } = await startAlone(t, '--buffer', '256KiB')
    const client = await RelpClient.open(t, await run.port())
    const count = 40_000
    for (let n = 0; n < count; n++) client.send('syslog', `number ${n} ${'x'.repeat(80)}`)
    const full = await run.untilStatus('a full buffer', ({ stages }) => stages[0]!.books.held > 1000)
    assert.ok(full.stages[0]!.books.in < 20_000, `${full.stages[0]!.books.in} were read`)
    const late = await RelpClient.connect(t, await run.port())
    late.send('open', OFFERS)
    late.send('syslog', 'who comes meanwhile waits as well')
    assert.deepEqual(client.safe, [])
    const sink = join()
    await client.until(({ safe }) => safe.length === count)
    await late.until(({ safe }) => safe.length === 1)
    assert.deepEqual(client.safe, fromTo(2, count + 1))
    assert.equal((await sink.records(count + 1)).length, count + 1)
    assert.doesNotMatch(client.told, /rsp \d+ 500/)
  })

  test('a message without a byte in it is answered, counted and skipped', async t => {
    const run = startRelp(t)
    const client = await RelpClient.open(t, await run.port())
    client.send('syslog')
    client.send('syslog', 'x')
    client.send('syslog')
    await client.until(({ safe }) => safe.length === 3)
    assert.deepEqual(messagesOf(await run.records(1)), ['x'])
    await counted(run, 'empty', 2)
  })

  test('what is refused is answered as soon as it is a dead letter', async t => {
    const run = startRelp(t, '--max-record', '1KiB', '--oversize', 'reject')
    const client = await RelpClient.open(t, await run.port())
    client.send('syslog', 'x'.repeat(300_000))
    await client.until(({ safe }) => safe.length === 1)
    const letters = readFileSync(join(run.folder, `relp-${run.child.pid}.dead.ndjson`), 'utf8')
    assert.equal(JSON.parse(letters)['@meta'].dead.reason, 'oversize')
  })

  test('what is too long is cut off, or split, and is answered', async t => {
    const long = 'x'.repeat(3000)
    const cut = startRelp(t, '--max-record', '1KiB')
    const split = startRelp(t, '--max-record', '1KiB', '--oversize', 'split')
    for (const run of [cut, split]) {
      const client = await RelpClient.open(t, await run.port())
      client.send('syslog', long)
      client.send('syslog', 'next')
      await client.until(({ safe }) => safe.length === 2)
    }
    const records = await cut.records(2)
    assert.equal((records[0]!['@meta'] as { truncated: number }).truncated, 3000)
    const parts = await split.until('the next one', ({ stdout }) => stdout.includes('"next"') && stdout)
    const all = parts.trim().split('\n')
    assert.equal(messagesOf(all.map(line => JSON.parse(line))).join(''), `${long}next`)
  })

  test('an unknown command is an error, an unknown hint is nothing', async t => {
    const run = startRelp(t)
    const client = await RelpClient.open(t, await run.port())
    client.socket.write(relpFrame(0, 'unheard', 'of'))
    client.send('eventlog', 'x')
    client.send('syslog', 'x')
    await client.until(({ safe }) => safe.length === 1)
    assert.match(client.told, /\n2 rsp 37 500 the command eventlog is not known\n3 rsp 6 200 OK\n$/)
  })

  test('the parts of a message go on while it comes, and it is answered when all of them are accepted', async t => {
    const { run, join } = await startAlone(t, '--max-record', '1KiB', '--oversize', 'split')
    const client = await RelpClient.open(t, await run.port())
    client.socket.write(`2 syslog 400000 ${'x'.repeat(300_000)}`)
    await run.untilStatus('its first parts', ({ stages }) => stages[0]!.books.in > 350)
    client.socket.write(`${'x'.repeat(100_000)}\n`)
    await run.untilStatus('the others', ({ stages }) => stages[0]!.books.in > 500)
    assert.deepEqual(client.safe, [])
    const sink = join()
    await client.until(({ safe }) => safe.length === 1)
    const parts = await sink.until('the last part', ({ stdout }) => /"parts":\d+.*\n$/.test(stdout) && stdout)
    const records = parts
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    assert.equal(messagesOf(records).join('').length, 400_000)
  })

  test('when it stops, it answers what is accepted by then, and says that it closes', async t => {
    const { run, join } = await startAlone(t)
    const client = await RelpClient.open(t, await run.port())
    for (const n of fromTo(1, 100)) client.send('syslog', `number ${n}`)
    await run.untilStatus('all of them', ({ stages }) => stages[0]!.books.held === 100)
    run.child.kill('SIGTERM')
    await run.log(/^stopping$/)
    client.send('syslog', 'too late: this is for whoever comes next')
    const sink = join()
    const told = await client.closed()
    assert.deepEqual(client.safe, fromTo(2, 101))
    assert.match(told, /\n0 serverclose 0\n$/)
    assert.equal(await run.exited, 0)
    assert.equal((await sink.records(100)).length, 100)
    await sink.stop()
    assert.doesNotMatch(sink.stdout, /too late/)
  })

  test('when nobody accepts it until --grace is over, it is not answered', async t => {
    const { run } = await startAlone(t, '--grace', '300ms')
    const client = await RelpClient.open(t, await run.port())
    client.send('syslog', 'one')
    await run.untilStatus('one that is held', ({ stages }) => stages[0]!.books.held === 1)
    assert.equal(await run.stop(), 75)
    await client.closed()
    assert.deepEqual(client.safe, [])
  })
})
