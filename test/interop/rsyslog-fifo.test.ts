// A real rsyslog writes into our named pipe, while what takes its lines is away for a while: none is lost.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { LONG } from '../faults/random.ts'
import { Service } from '../faults/service.ts'
import { until } from '../faults/wait.ts'
import { orSkip } from '../servers/available.ts'
import { startRsyslog } from '../servers/rsyslog.ts'
import { freePort } from '../support/port.ts'
import { Sluice } from '../support/process.ts'
import { numbered, numbersIn, upTo } from './support.ts'

const COUNT = LONG ? 100_000 : 30_000
/** Milliseconds for which the sink is away once nothing goes on any more. */
const AWAY = LONG ? 60_000 : 0

const QUEUE =
  'queue.type="linkedList" queue.size="200000" action.resumeRetryCount="-1" action.resumeInterval="1"'

/**
 * With a queue of its own in front of the pipe. Without one, rsyslog 8.2302 loses a message each time that it finds the pipe full
 * (ompipe in a ruleset that has a queue: 2 of 30,000).
 */
const writing = (tcp: number, module: string, target: string) => `
  module(load="imtcp")
  template(name="line" type="string" string="%rawmsg%\\n")
  input(type="imtcp" address="127.0.0.1" port="${tcp}" ruleset="out")
  ruleset(name="out") { action(type="${module}" ${target} template="line" ${QUEUE}) }`

/** omfile waits while the pipe is full; ompipe comes again later, and then not in the old order. */
const WAYS = [
  { module: 'omfile', parameter: 'file', inOrder: true },
  { module: 'ompipe', parameter: 'pipe', inOrder: false },
]

for (const { module, parameter, inOrder } of WAYS)
  test(`${module} of rsyslog queues in front of the pipe while the sink is away, and nothing is lost`, async t => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-fifo-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const [pipe, out] = [join(folder, 'pipe'), join(folder, 'out')]
    const [tcp, link] = [await freePort(), await freePort()]
    const tail = new Sluice(t, 'sluice-tail', [
      ...['--fifo', pipe, '--buffer', '256KiB'],
      ...['--push-connect', `ack+tcp://127.0.0.1:${link}`],
    ])
    await tail.ready()
    const rsyslog = await orSkip(t, () => startRsyslog(writing(tcp, module, `${parameter}="${pipe}"`)))
    if (!rsyslog) return
    t.after(() => rsyslog.stop())
    connect(tcp, '127.0.0.1').end(`${numbered(0, COUNT).join('\n')}\n`)
    const held = await tail.untilStatus('a full buffer', ({ stages }) => stages[0]!.books.held > 500)
    await wait(AWAY)
    const sink = new Service(t, 'sluice-relay', [
      ...['--pull-bind', `ack+tcp://127.0.0.1:${link}`],
      ...['--push-connect', `file://${out}`],
    ])
    await sink.ready()
    const lines = () => (existsSync(out) ? readFileSync(out, 'utf8').split('\n').slice(0, -1) : [])
    await until('all lines', () => lines().length >= COUNT)
    const numbers = numbersIn(lines().map(line => JSON.parse(line).message))
    assert.deepEqual(inOrder ? numbers : numbers.toSorted((a, b) => a - b), upTo(COUNT))
    assert.ok(held.stages[0]!.books.held < COUNT, 'it had stopped reading')
    assert.equal(await tail.stop(), 0)
    assert.equal(await sink.stop(), 0)
  })
