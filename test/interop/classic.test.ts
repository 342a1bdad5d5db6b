// The classic chain is three scripts: a UDP bridge, a translator, a store. Other people's versions of them stand in
// for ours, in every mixture.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { orSkip } from '../servers/available.ts'
import { startElasticsearch } from '../servers/elasticsearch.ts'
import { pythonWithZmq } from '../servers/python.ts'
import { valuesOf } from '../support/elasticsearch.ts'
import { Sluice } from '../support/process.ts'
import { sendDatagrams } from '../support/udp.ts'
import { numbered, numbersIn, sendPaced, startScript, upTo } from './support.ts'

const COUNT = 10_000

type Whose = 'ours' | 'theirs'

/** Who plays each part: the bridge, the translator, the store. */
const MIXTURES: readonly (readonly [Whose, Whose, Whose])[] = [
  ['ours', 'ours', 'theirs'],
  ['ours', 'theirs', 'ours'],
  ['theirs', 'ours', 'ours'],
  ['ours', 'theirs', 'theirs'],
  ['theirs', 'ours', 'theirs'],
  ['theirs', 'theirs', 'ours'],
]

test('the classic chain', { concurrency: 2 }, async t => {
  const python = await orSkip(t, pythonWithZmq)
  const server = python && (await orSkip(t, () => startElasticsearch('8.19.0')))
  if (!server) return
  t.after(() => server.stop())
  const places = { python, url: server.url }
  const runs = MIXTURES.map(mixture => {
    const name = `bridge ${mixture[0]}, translator ${mixture[1]}, store ${mixture[2]}`
    return t.test(`${name}: ${COUNT} lines are as many documents`, t => carries(t, mixture, places))
  })
  await Promise.all(runs)
})

interface Places {
  python: string
  url: string
}

async function carries(t: TestContext, mixture: (typeof MIXTURES)[number], { python, url }: Places) {
  // An index of its own, since the server may be a shared one.
  const index = `classic-${mixture.join('-')}-${process.pid}`
  const [whoseBridge, whoseTranslator, whoseStore] = mixture
  const bridge = await startBridge(t, whoseBridge, whoseTranslator, python)
  const translator = await startTranslator(t, whoseTranslator, whoseStore, bridge.endpoint, python)
  const store = startStore(t, whoseStore, translator.endpoint, url, index, python)
  t.after(async () => {
    await fetch(`${url}/${index}`, { method: 'DELETE' })
    await fetch(`${url}/_index_template/sluice-${index}`, { method: 'DELETE' })
  })

  const lines = numbered(0, COUNT)
  await sendPaced(bridge.port, lines.slice(0, -1), bridge.arrived)
  await store.stored(COUNT - 1)
  // The last line comes behind whatever else may still be on the way: a repeat would be stored before it.
  await sendDatagrams(bridge.port, lines.slice(-1))
  await store.stored(COUNT)

  const numbers = numbersIn(await valuesOf(url, index, 'message')).sort((a, b) => a - b)
  assert.deepEqual(numbers, upTo(COUNT))
  const program = whoseTranslator === 'ours' ? 'syslog_program' : 'program'
  assert.deepEqual(new Set(await valuesOf(url, index, program)), new Set(['app']))
  const runs = [bridge.run, translator.run, store.run]
  for (const [n, run] of runs.entries()) if (mixture[n] === 'ours') assert.equal(await run.stop(), 0)
}

interface Bridge {
  run: Sluice
  endpoint: string
  port: number
  arrived: (count: number) => Promise<unknown>
}

async function startBridge(t: TestContext, whose: Whose, next: Whose, python: string): Promise<Bridge> {
  if (whose === 'theirs') {
    const run = startScript(t, python, 'classic/bridge.py', ['tcp://127.0.0.1:*'])
    const [port, endpoint] = (await firstLine(run)).split(' ')
    const arrived = (count: number) => run.until(`${count}`, ({ stdout }) => lastOf(stdout) >= count)
    return { run, endpoint: endpoint!, port: Number(port), arrived }
  }
  // A translator that knows nothing of records wants the bare text.
  const push = `tcp://127.0.0.1:*${next === 'theirs' ? '?framing=text' : ''}`
  const run = new Sluice(t, 'sluice-syslog-udp', ['--listen', '127.0.0.1:0', '--push-bind', push])
  const arrived = (count: number) =>
    run.untilStatus(`${count} datagrams`, ({ stages }) => stages[0]!.books.in === count)
  return { run, endpoint: await boundTo(run), port: await run.port(), arrived }
}

async function startTranslator(t: TestContext, whose: Whose, next: Whose, pull: string, python: string) {
  if (whose === 'theirs') {
    const run = startScript(t, python, 'classic/translator.py', [pull, 'tcp://127.0.0.1:*'])
    return { run, endpoint: await firstLine(run) }
  }
  // A store that knows nothing of batches wants one record a message.
  const push = `tcp://127.0.0.1:*${next === 'theirs' ? '?framing=record' : ''}`
  const run = new Sluice(t, 'sluice-syslog-json', ['--pull-connect', pull, '--push-bind', push])
  return { run, endpoint: await boundTo(run) }
}

function startStore(t: TestContext, whose: Whose, pull: string, url: string, index: string, python: string) {
  if (whose === 'theirs') {
    const run = startScript(t, python, 'classic/store.py', [pull, `${url}/${index}`])
    const stored = (count: number) => run.until(`${count} documents`, ({ stdout }) => lastOf(stdout) >= count)
    return { run, stored }
  }
  const args = ['--pull-connect', pull, '--node', url, '--index', index, '--batch-delay', '100ms']
  const run = new Sluice(t, 'sluice-elasticsearch', args)
  const stored = (count: number) =>
    run.untilStatus(`${count} documents`, ({ stages }) => Number(stages[0]!.books.stored) >= count)
  return { run, stored }
}

/** The count that a script has printed last. */
function lastOf(stdout: string): number {
  return Number(/(\d+)\n$/.exec(stdout.slice(-20))?.[1])
}

/** Where a script says that it can be reached. */
function firstLine(run: Sluice): Promise<string> {
  return run.until('its address', ({ stdout }) => /^.+(?=\n)/.exec(stdout)?.[0])
}

/** The address of the link that a daemon of ours has bound, as another program is told it. */
async function boundTo(run: Sluice): Promise<string> {
  const { endpoints = [] } = await run.ready()
  return endpoints.at(-1)!.replace(/\?.*/, '')
}
