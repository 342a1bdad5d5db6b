import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { finished } from 'node:stream/promises'
import { test } from 'node:test'
import { pino } from 'pino'
import { ErrorLog } from '../../../src/lib/children/index.ts'

function createLog() {
  const lines: { msg: string; stderr?: string; lines?: number; pid?: number }[] = []
  const log = new ErrorLog(pino({ base: null }, { write: line => void lines.push(JSON.parse(line)) }))
  return { log, lines }
}

test('each line is one of the log, without what would command a terminal', async () => {
  const { log, lines } = createLog()
  const stream = new PassThrough()
  const last = log.read(stream, { pid: 7 })
  stream.write('first\n\nsec')
  stream.write('ond \x1b[31mred\x1b[0m\r\n\x07bell\n')
  stream.end('no end')
  await finished(stream)
  assert.deepEqual(
    lines.map(({ stderr }) => stderr),
    ['first', 'second red', ' bell', 'no end'],
  )
  assert.deepEqual([lines[0]!.msg, lines[0]!.pid], ['the command says', 7])
  assert.equal(String(last), 'first\nsecond red\n bell\nno end')
})

test('no more than a hundred a minute, and a line has an end; the last ones are kept all the same', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { log, lines } = createLog()
  const stream = new PassThrough()
  const last = log.read(stream, {})
  for (let n = 0; n < 250; n++) stream.write(`${n}\n`)
  stream.write('x'.repeat(5000))
  await new Promise(setImmediate)
  assert.equal(lines.length, 100)
  assert.equal(String(last).split('\n').length, 5)
  assert.equal(String(last).split('\n').at(-1)!.length, 1000)
  t.mock.timers.tick(60_000)
  assert.deepEqual([lines[100]!.msg, lines[100]!.lines], ['more lines of commands were not logged', 151])
  stream.write('again\n')
  await new Promise(setImmediate)
  assert.equal(lines[101]!.stderr, 'again')
  log.close()
  assert.equal(lines.length, 102)
})
