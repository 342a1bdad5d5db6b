// kill -9 of the commands that daemons run, and of those daemons: nothing is lost, nothing is there twice, and no command is left.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { isAlive, untilGone } from '../support/alive.ts'
import { BulkStub } from '../support/bulk-stub.ts'
import { freePort } from '../support/port.ts'
import { Generator } from './generator.ts'
import { LONG, Random } from './random.ts'
import { Service } from './service.ts'
import { until } from './wait.ts'

const ROUNDS = LONG ? 100 : 5
const RATE = 5_000

/** A command that gives each line back, with a mark; it goes on without input, as a bad one does. */
const ANSWER = `
const lines = require('node:readline').createInterface({ input: process.stdin })
lines.on('line', line => process.stdout.write(line.replace(/}$/, ',"seen":true}') + '\\n'))
setInterval(() => {}, 1000)`

/** The commands that run for a daemon: those whose words hold this. */
function commandsWith(mark: string): number[] {
  return readdirSync('/proc')
    .filter(entry => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .map(Number)
    .filter(pid => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
        // Not the daemon, which has the same words behind its flags.
        return words.includes(mark) && !words.some(word => word.startsWith('--push')) && isAlive(pid)
      } catch {
        return false
      }
    })
}

async function openSink(t: TestContext, pull: string) {
  const stub = new BulkStub({})
  t.after(() => stub.close())
  const service = new Service(t, 'sluice-elasticsearch', ['--pull-bind', pull, '--node', await stub.listen()])
  const documents = () => [...stub.stored.values()] as { number: number; seen?: boolean }[]
  return { service, documents }
}

test(`${ROUNDS} times kill -9 of a command, or of the sluice-pipe that it answers`, async t => {
  const random = new Random(t)
  const [raw, answered] = [
    `ack+tcp://127.0.0.1:${await freePort()}`,
    `ack+tcp://127.0.0.1:${await freePort()}`,
  ]
  const sink = await openSink(t, answered)
  const mark = `mark-${process.pid}-pipe`
  const pipe = new Service(t, 'sluice-pipe', [
    ...['--pull-bind', raw, '--push-connect', answered],
    ...['--', process.execPath, '-e', ANSWER, mark],
  ])
  for (const service of [sink.service, pipe]) await service.ready()
  const generator = await Generator.open(t, raw, { rate: RATE })
  generator.start()
  let kills = 0
  for (let round = 0; round < ROUNDS; round++) {
    await generator.more(random.between(1, RATE / 2))
    const commands = commandsWith(mark)
    if (random.next() < 0.3) {
      await pipe.kill()
      await untilGone(commands)
    } else {
      for (const pid of commands) process.kill(pid, 'SIGKILL')
      kills += commands.length
    }
  }
  await generator.finish()
  const documents = sink.documents()
  generator.check(
    documents.map(({ number }) => number),
    { once: true },
  )
  assert.ok(documents.every(({ seen }) => seen))
  const { dead = 0 } = generator.receipt
  assert.equal(dead, 0)
  for (const service of [pipe, sink.service]) {
    const { books } = (await service.status()).stages[0]!
    assert.ok(books.balanced && books.held === 0, `${service.name}: ${JSON.stringify(books)}`)
    assert.equal(await service.stop(), 0, service.run.stderr)
  }
  await until('no command that is left', () => commandsWith(mark).length === 0)
  t.diagnostic(
    `${generator.sent} records, ${kills} kills of the command, ${pipe.starts} starts of sluice-pipe`,
  )
})

test('kill -9 of sluice-do: what was acknowledged was done, and what was under way is done again', async t => {
  const random = new Random(t)
  const raw = `ack+tcp://127.0.0.1:${await freePort()}`
  const mark = `mark-${process.pid}-do`
  const script = 'echo $1 >> done'
  const sink = new Service(t, 'sluice-do', [
    ...['--pull-bind', raw, '--parallel', '2'],
    ...['--', 'sh', '-c', script, mark, '{number}'],
  ])
  await sink.ready()
  const generator = await Generator.open(t, raw, { rate: 100 })
  generator.start()
  for (let round = 0; round < (LONG ? 50 : 4); round++) {
    await generator.more(random.between(1, 30))
    await sink.kill()
  }
  await generator.finish()
  assert.equal(await sink.stop(), 0, sink.run.stderr)
  const numbers = readFileSync(join(sink.folder, 'done'), 'utf8').split('\n').slice(0, -1).map(Number)
  generator.check(numbers, { once: false })
  assert.equal(generator.receipt.dead ?? 0, 0)
  await until('no command that is left', () => commandsWith(mark).length === 0)
  t.diagnostic(`${generator.sent} records, ${numbers.length} commands that ended`)
})

test('kill -9 of the sink of sluice-exec, and of its commands: each line is there once', async t => {
  const random = new Random(t)
  const written = `ack+tcp://127.0.0.1:${await freePort()}`
  const mark = `mark-${process.pid}-exec`
  const sink = await openSink(t, written)
  await sink.service.ready()
  // It goes on behind what it wrote in its lives before, and says that it has before it may be killed.
  const lives = LONG ? 50 : 3
  const script =
    'n=0; read -r n < life; n=$((n + 1)); echo $n > life; [ $n -le $2 ] || exit 0; i=0; while [ $i -lt 2000 ]; do i=$((i + 1)); echo "life $n line $i"; done; sleep 1000'
  const exec = new Service(t, 'sluice-exec', [
    ...['--push-connect', written, '--restart', 'always', '--buffer', '128KiB'],
    ...['--', 'sh', '-c', script, 'sh', mark, String(lives)],
  ])
  writeFileSync(join(exec.folder, 'life'), '0\n')
  const stored = () => (sink.documents() as unknown as { message: string }[]).map(({ message }) => message)
  for (let life = 1; life <= lives; life++) {
    const part = random.between(1, 2000)
    await until(`line ${part} of life ${life}`, () => stored().includes(`life ${life} line ${part}`))
    await sink.service.kill()
    await until(`life ${life}`, () => stored().includes(`life ${life} line 2000`))
    for (const pid of commandsWith(mark)) process.kill(pid, 'SIGKILL')
  }
  const lines = stored()
  assert.equal(lines.length, lives * 2000)
  assert.equal(new Set(lines).size, lines.length)
  assert.equal(await exec.stop(), 0, exec.run.stderr)
  await until('no command that is left', () => commandsWith(mark).length === 0)
})
