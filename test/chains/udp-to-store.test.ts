// What `npm start` runs: from a datagram to the page, in one process.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root, Sluice } from '../support/process.ts'
import { sendDatagrams } from '../support/udp.ts'

/** The chain of the npm script, on free ports. */
function chainOfNpmStart(): string {
  const { start } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts
  const chain = /sluice run '(.*)'/.exec(start)![1]!
  return `${chain.replace('127.0.0.1:5514', '127.0.0.1:0')} --http 127.0.0.1:0`
}

test('a datagram is on the page at once, live and when searched', async t => {
  const run = new Sluice(t, 'sluice', ['run', chainOfNpmStart()])
  const { msg } = await run.log(/^the page is at http:/)
  const url = /http:\S+/.exec(msg)![0]
  const port = await run.port(0)
  const page = await fetch(url)
  assert.equal(page.status, 200)
  assert.match(await page.text(), /<!doctype html>/i)
  const tail = (await fetch(`${url}/api/tail?q=program:sshd`))
    .body!.pipeThrough(new TextDecoderStream())
    .getReader()
  await sendDatagrams(port, [
    '<34>Oct 11 22:14:15 web1 sshd[42]: Failed password',
    '<13>Oct 11 22:14:15 web1 cron: tick',
  ])
  let shown = ''
  while (!shown.includes('event: record')) shown += (await tail.read()).value
  await tail.cancel()
  assert.match(shown, /"message":"Failed password"/)
  const answer = (await (await fetch(`${url}/api/search?q=severity:crit`)).json()) as {
    records: { record: object }[]
  }
  assert.equal(answer.records.length, 1)
  const { stages } = await run.untilStatus('both stored', ({ stages }) => stages[2]?.books.stored === 2)
  assert.ok(stages.every(({ books }) => books.balanced))
  assert.equal(await run.stop(), 0)
})

test('a second one says that the port of the page is taken, and by which flag to change it', async t => {
  const first = new Sluice(t, 'sluice', ['run', chainOfNpmStart()])
  const { msg } = await first.log(/^the page is at http:/)
  const taken = new URL(/http:\S+/.exec(msg)![0]).host
  const second = new Sluice(t, 'sluice', ['run', chainOfNpmStart().replace(/--http \S+$/, `--http ${taken}`)])
  assert.equal(await second.exited, 70)
  assert.match(second.stderr, new RegExp(`--http ${taken}: .*in use`))
})
