// Dead letters over an acknowledged link.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { freePort } from '../support/port.ts'
import { Sluice } from '../support/process.ts'

const linesOf = (path: string) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line))

/** Daemons of one's own, which refuse what comes, each at another place. */
const REFUSING = {
  filter: `import { filter } from 'sluice'
export default filter({ summary: 'x', open: (_o, { reject }) => record => reject(record, 'on-principle', 'why') })`,
  source: `import { source } from 'sluice'
export default source({ summary: 'x', open: (_o, { record, reject }) => async ({ signal }) => {
  reject(record({ message: 'x' }), 'on-principle')
  await new Promise(resolve => signal.addEventListener('abort', resolve))
} })`,
  sink: `import { sink } from 'sluice'
const batch = { bytes: '1KiB', delay: '0', concurrency: 1 }
export default sink({ summary: 'x', batch, open: () => async records => records.map((_, n) => [n, { dead: 'bad' }]) })`,
  outlet: `import { filter } from 'sluice'
export default filter({ summary: 'x', open: () => record => ({ ...record, more: 'x'.repeat(2000) }) })`,
}

function refusing(t: TestContext, kind: keyof typeof REFUSING, args: readonly string[], env = {}): Sluice {
  const { folder } = new Sluice(t, 'sluice', ['--version'])
  const daemon = join(folder, `${kind}.ts`)
  writeFileSync(daemon, REFUSING[kind])
  return new Sluice(t, 'sluice', [daemon, '--name', 'near', ...args], { stdin: 'open', env })
}

test('dead letters go to another host; what fits into no message stays here', async t => {
  const port = await freePort()
  const limits = ['--max-record', '64KiB', '--max-message', '64KiB']
  const site = new Sluice(t, 'sluice-relay', [
    ...limits,
    '--pull-bind',
    `ack+tcp://127.0.0.1:${port}`,
    '--push-connect',
    'file:///dev/null',
  ])
  await site.ready()
  assert.equal(await site.stop(), 0)
  const out = join(site.folder, 'letters')
  const letters = new Sluice(t, 'sluice-relay', [
    ...limits,
    '--pull-bind',
    `ack+tcp://127.0.0.1:${port}`,
    '--push-connect',
    `file://${out}`,
  ])
  await letters.ready()
  const input = ['fine', 'x'.repeat(3_000), 'y'.repeat(100_000), 'fine too'].map(line => `${line}\n`).join('')
  const args = ['--max-record', '1KiB', '--dead-letters', `ack+tcp://127.0.0.1:${port}`]
  const near = new Sluice(t, 'sluice-relay', [...args, '--name', 'near', '--push-connect', '-'], {
    stdin: input,
  })
  assert.equal(await near.exited, 0, near.stderr)
  assert.deepEqual(
    (await near.records(2)).map(({ message }) => message),
    ['fine', 'fine too'],
  )
  const [away] = linesOf(out)
  assert.deepEqual([away.message.length, away['@meta'].dead.reason], [3_000, 'oversize'])
  const [here, ...others] = linesOf(join(near.folder, 'near.dead.ndjson'))
  assert.deepEqual([here.message.length, here['@meta'].dead.reason, others.length], [100_000, 'oversize', 0])
  const said = near.logs.map(({ msg }) => msg).filter(msg => /refused/.test(msg))
  assert.match(
    said.find(msg => /near\.dead/.test(msg)) ?? '',
    /^1 record was refused \(oversize: 100000 bytes, --max-record is 1024\), and is too large to be sent: kept in \/.*; see sluice replay$/,
  )
  assert.match(
    said.find(msg => /sent to/.test(msg)) ?? '',
    /^\d records? w.* refused \(oversize: .* sent to ack\+tcp:/,
  )
})

test('while nobody takes the dead letters, nothing is acknowledged', async t => {
  const port = await freePort()
  const args = ['--max-record', '1KiB', '--dead-letters', `ack+tcp://127.0.0.1:${port}`, '--grace', '1s']
  const near = new Sluice(t, 'sluice-relay', [...args, '--push-connect', '-'], { stdin: 'open' })
  near.child.stdin!.write(`${'x'.repeat(3_000)}\n`)
  const { stages } = await near.untilStatus('a refused record', status =>
    status.waiting.some(why => /nobody is connected/.test(why)),
  )
  assert.equal(stages[0]!.books.held, 1)
  assert.equal(await near.stop(), 75)
  assert.equal(existsSync(join(near.folder, 'near.dead.ndjson')), false)
})

describe('bug: a letter that could never be kept was waited for without a word; the process ends', {
  concurrency: 2,
}, () => {
  for (const kind of ['filter', 'source', 'sink', 'outlet'] as const)
    test(`refused by a ${kind}`, async t => {
      const near = refusing(t, kind, [
        ...['--dead-letters', `ack+ipc:///nofolder/${kind}?bind=1`, '--max-record', '1KiB'],
        ...(kind === 'source' ? ['--push-connect', '-'] : []),
      ])
      near.child.stdin!.write('one\n')
      assert.equal(await near.exited, 70)
      const [said, ...more] = near.logs.filter(({ level }) => level === 'fatal')
      assert.equal(
        said?.msg,
        `--dead-letters ack+ipc:///nofolder/${kind}: a refused record cannot be kept: the folder does not exist`,
      )
      assert.deepEqual(more, [])
    })
})

test('bug: a letter too large for the link, while its file could not be made, ended a sink; it waits', async t => {
  const port = await freePort()
  const limits = ['--max-record', '64KiB', '--max-message', '64KiB']
  const consumer = ['--pull-bind', `ack+tcp://127.0.0.1:${port}`, '--push-connect', '-']
  const site = new Sluice(t, 'sluice-relay', [...limits, ...consumer])
  await site.ready()
  const { folder } = new Sluice(t, 'sluice', ['--version'])
  const blocked = join(folder, 'blocked')
  writeFileSync(blocked, 'a file where the folder should be')
  const near = refusing(t, 'sink', ['--dead-letters', `ack+tcp://127.0.0.1:${port}`], {
    STATE_DIRECTORY: join(blocked, 'state'),
  })
  await near.ready()
  near.child.stdin!.write(['small', 'x'.repeat(100_000), 'small too'].map(line => `${line}\n`).join(''))
  const { ready } = await near.untilStatus('a file that cannot be made', ({ waiting }) =>
    waiting.some(why => /^cannot open the dead letters: the state folder .* not a directory/.test(why)),
  )
  assert.equal(ready, false)
  rmSync(blocked)
  mkdirSync(blocked)
  const away = await site.records(2)
  assert.deepEqual(
    away.map(({ message }) => message),
    ['small', 'small too'],
  )
  await near.untilStatus('all', ({ ready, stages }) => ready && stages[0]!.books.dead === 3)
  near.child.stdin!.end()
  assert.equal(await near.exited, 0, near.stderr)
  const here = linesOf(join(blocked, 'state', 'near.dead.ndjson'))
  assert.deepEqual(
    here.map(({ message }) => message.length),
    [100_000],
  )
})

test('bug: of a letter too large for the link, the reason was lost; it is kept as it was', async t => {
  const port = await freePort()
  const limits = ['--max-record', '64KiB', '--max-message', '64KiB']
  const consumer = ['--pull-bind', `ack+tcp://127.0.0.1:${port}`, '--push-connect', '-']
  await new Sluice(t, 'sluice-relay', [...limits, ...consumer]).ready()
  const near = refusing(t, 'filter', ['--dead-letters', `ack+tcp://127.0.0.1:${port}`])
  near.child.stdin!.end(`${'x'.repeat(100_000)}\n`)
  assert.equal(await near.exited, 0, near.stderr)
  const [letter] = linesOf(join(near.folder, 'near.dead.ndjson'))
  const { reason, detail, stage, attempts } = letter['@meta'].dead
  assert.deepEqual([reason, detail, stage, attempts], ['on-principle', 'why', 'near', 1])
})
