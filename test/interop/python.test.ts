// Programs in another language that know nothing but ZeroMQ and JSON: they are five lines long.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { orSkip } from '../servers/available.ts'
import { pythonWithZmq } from '../servers/python.ts'
import { freePort } from '../support/port.ts'
import { Sluice } from '../support/process.ts'
import { numbered, numbersIn, sendPaced, startScript, upTo } from './support.ts'

const COUNT = 5000

/** What a Python program may send, and how many lines of it a message. */
const SENT = {
  'one text a message': { input: numbered(0, COUNT), lines: 1, tenant: undefined },
  'batches of NDJSON': {
    input: numbered(0, COUNT).map(message => JSON.stringify({ tenant: 'blue', message })),
    lines: 128,
    tenant: 'blue',
  },
}

describe('Python and Sluice', { concurrency: 2 }, () => {
  for (const [what, { input, lines, tenant }] of Object.entries(SENT)) {
    for (const way of ['bind', 'connect'] as const) {
      test(`a Python PUSH feeds sluice-syslog-json --pull-${way}: ${what}`, async t => {
        const python = await orSkip(t, pythonWithZmq)
        if (!python) return
        const endpoint = `tcp://127.0.0.1:${await freePort()}`
        const filter = new Sluice(t, 'sluice-syslog-json', [`--pull-${way}`, endpoint])
        await filter.ready()
        const args = [way === 'bind' ? 'connect' : 'bind', endpoint, String(lines)]
        const producer = startScript(t, python, 'producer.py', args, `${input.join('\n')}\n`)
        assert.equal(await producer.exited, 0, producer.stderr)
        const records = await filter.records(COUNT)
        assert.deepEqual(numbersIn(records.map(({ message }) => message)), upTo(COUNT))
        for (const record of records) {
          const { syslog_severity, host, syslog_program, syslog_pid } = record
          assert.deepEqual(
            [syslog_severity, host, syslog_program, syslog_pid, record.tenant],
            [...['notice', 'web1', 'app', '42'], tenant],
          )
        }
        assert.equal(await filter.stop(), 0)
      })
    }
  }

  test('a Python PULL reads sluice-syslog-udp: receive, split lines, parse JSON', async t => {
    const python = await orSkip(t, pythonWithZmq)
    if (!python) return
    const listen = ['--listen', '127.0.0.1:0']
    const bridge = new Sluice(t, 'sluice-syslog-udp', [...listen, '--push-bind', 'tcp://127.0.0.1:*'])
    const { endpoints } = await bridge.ready()
    const consumer = startScript(t, python, 'consumer.py', [endpoints!.find(at => at.startsWith('tcp:'))!])
    // What ends a line elsewhere ends no record here. (LF, NEL and LINE SEPARATOR; only the first is escaped.)
    const texts = [...numbered(0, COUNT), 'two\nlines', 'next\u0085line', 'a\u2028separator', '{"no": "JSON"']
    await sendPaced(await bridge.port(), texts, count =>
      bridge.untilStatus(`${count} datagrams`, ({ stages }) => stages[0]!.books.in === count),
    )
    const expected = texts.map(text => `${text}\n`).join('')
    await consumer.until('all texts', ({ stdout }) => stdout.length >= expected.length)
    assert.equal(consumer.stdout, expected)
    assert.equal(await bridge.stop(), 0)
  })
})
