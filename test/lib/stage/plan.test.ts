import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { formatKeyFile } from '../../../src/lib/curve/key-file.ts'
import { type Daemon, filter, sink, source } from '../../../src/lib/daemon.ts'
import { Misuse } from '../../../src/lib/errors.ts'
import { text } from '../../../src/lib/options.ts'
import type { Surroundings } from '../../../src/lib/stage/endpoints.ts'
import { planStage } from '../../../src/lib/stage/plan.ts'
import { Keys } from '../../support/keys.ts'

const SOURCE = source({ summary: '', options: { listen: text('', ':1') }, open: () => async () => {} })
const DATAGRAMS = source({ summary: '', whenFull: 'drop-newest', open: () => async () => {} })
const FILTER = filter({ summary: '', open: () => record => record })
const HOLDER = filter({ summary: '', hold: { records: 7, timeout: '3s' }, open: () => record => record })
const SINK = sink({
  summary: '',
  batch: { bytes: '5MiB', delay: '2s', concurrency: 1 },
  open: () => async () => undefined,
})

const PIPES: Surroundings = { stdin: true, stdout: true, terminal: false }
const NOWHERE: Surroundings = { stdin: false, stdout: false, terminal: false }

function plan(daemon: Daemon, flags: { [key: string]: string[] }, around = PIPES, env = {}) {
  return planStage('name', daemon, new Map(Object.entries(flags)), env, around)
}

const misuse = (message: RegExp) => (error: Error) => error instanceof Misuse && message.test(error.message)

test('defaults are those of the daemon', () => {
  assert.equal(plan(SOURCE, {}).own.listen, ':1')
  assert.equal(plan(SOURCE, {}).values.whenFull, 'block')
  assert.equal(plan(DATAGRAMS, {}).values.whenFull, 'drop-newest')
  const { batchBytes, batchDelay } = plan(SINK, {}).values
  assert.deepEqual([batchBytes, batchDelay], [5 * 2 ** 20, 2000])
  const { holdRecords, holdTimeout } = plan(HOLDER, {}).values
  assert.deepEqual([holdRecords, holdTimeout], [7, 3000])
})

test('where the sender cannot wait, block is no choice', () => {
  assert.equal(plan(DATAGRAMS, { whenFull: ['drop-oldest'] }).values.whenFull, 'drop-oldest')
  assert.throws(
    () => plan(DATAGRAMS, { whenFull: ['block'] }),
    misuse(/--when-full: "block" is not one of drop-newest, drop-oldest/),
  )
})

test('variables count where they are given, after flags', () => {
  const env = {
    SLUICE_LISTEN: ':2',
    SLUICE_PUSH_CONNECT: 'tcp://a:1 tcp://b:2',
    SLUICE_WHEN_FULL: 'drop-oldest',
  }
  const { own, push, values } = plan(SOURCE, { whenFull: ['block'] }, NOWHERE, env)
  assert.deepEqual(
    [own.listen, push.map(({ address }) => address), values.whenFull],
    [':2', ['tcp://a:1', 'tcp://b:2'], 'block'],
  )
})

test('without endpoints it is a Unix filter, where the descriptors lead somewhere', () => {
  const { pull, push } = plan(FILTER, {})
  assert.deepEqual(
    [pull.map(({ scheme }) => scheme), push.map(({ scheme, query }) => [scheme, query])],
    [['-'], [['-', {}]]],
  )
  assert.deepEqual(plan(FILTER, {}, { ...PIPES, terminal: true }).push[0]!.query, { format: 'pretty' })
  assert.throws(
    () => plan(FILTER, {}, NOWHERE),
    misuse(/come from nowhere: give --pull-bind or --pull-connect .*--pull-connect -\)/),
  )
  assert.throws(
    () => plan(FILTER, { pullConnect: ['-'] }, NOWHERE),
    misuse(/go to nowhere: give --push-bind/),
  )
  const asked = plan(FILTER, { pullConnect: ['-'], pushConnect: ['-'] }, NOWHERE)
  assert.deepEqual([asked.pull[0]!.scheme, asked.push[0]!.scheme], ['-', '-'])
})

test('a template makes standard output text, and needs a text output', () => {
  const template = ['{host}']
  for (const terminal of [true, false])
    assert.deepEqual(plan(FILTER, { template }, { ...PIPES, terminal }).push[0]!.query, { format: 'text' })
  for (const text of ['-?format=text', 'file:///a?format=text', 'tcp://a:1?framing=text'])
    assert.equal(plan(FILTER, { template, pushConnect: [text] }).values.template, '{host}')
  for (const records of ['-', 'file:///a', 'tcp://a:1', 'ack+tcp://a:1'])
    assert.throws(
      () => plan(FILTER, { template, pushConnect: [records] }),
      misuse(/^--template: no output is text; write - or file:\/\/\/PATH with \?format=text/),
    )
  assert.throws(() => plan(FILTER, { template: ['{host'] }), misuse(/^--template: \{host: a field is/))
})

test('a source pulls nothing, a sink pushes nothing', () => {
  assert.deepEqual(plan(SOURCE, {}).pull, [])
  assert.deepEqual(plan(SINK, {}).push, [])
  assert.doesNotThrow(() => plan(SINK, {}, { ...NOWHERE, stdin: true }))
})

test('endpoints may be several, of one kind to push to', () => {
  const two = plan(FILTER, {
    pullBind: ['tcp://127.0.0.1:1'],
    pullConnect: ['file:///x', 'ipc:///y'],
    pushConnect: ['tcp://a:1', 'ipc:///z'],
  })
  assert.deepEqual(
    two.pull.map(({ scheme, mode }) => `${scheme} ${mode}`),
    ['tcp bind', 'file connect', 'ipc connect'],
  )
  assert.equal(two.push.length, 2)
  assert.throws(
    () => plan(FILTER, { pushConnect: ['tcp://a:1', 'file:///x'] }),
    misuse(/tcp and file cannot share one list/),
  )
})

test('between its neighbours in a process it has no endpoints', () => {
  const around = { ...NOWHERE, before: 'a', after: 'b' }
  const { pull, push } = plan(FILTER, {}, around)
  assert.deepEqual([pull, push], [[], []])
  assert.throws(
    () => plan(FILTER, { pullBind: ['tcp://127.0.0.1:1'] }, around),
    misuse(/^--pull-bind: .* joined to a .* only the first stage may pull/),
  )
  assert.throws(
    () => plan(FILTER, { pushConnect: ['-'] }, around),
    misuse(/^--push-connect: .* joined to b .* only the last stage may push/),
  )
})

test('a record must fit into a message', () => {
  assert.throws(
    () => plan(FILTER, { maxRecord: ['9MiB'] }),
    misuse(/--max-record is larger than --max-message/),
  )
  assert.doesNotThrow(() => plan(FILTER, { maxRecord: ['8MiB'] }))
})

test('bug: a --max-message that no acknowledged link can work with was accepted', () => {
  const least = { maxRecord: ['1KiB'], maxMessage: ['1KiB'] }
  assert.equal(plan(FILTER, least).values.maxMessage, 1024)
  assert.throws(
    () => plan(FILTER, { ...least, maxMessage: ['1000'] }),
    misuse(/^--max-message: 1000B is too little; the least is 1KiB$/),
  )
})

test('--insecure is for all links of the stage', () => {
  assert.throws(() => plan(FILTER, { pullBind: ['tcp://*:1'] }), misuse(/--insecure/))
  assert.equal(plan(FILTER, { pullBind: ['tcp://*:1'], insecure: ['true'] }).pull[0]!.address, 'tcp://*:1')
})

test('dead letters go only where they are durable', () => {
  assert.equal(plan(FILTER, {}).deadLetters, undefined)
  assert.equal(plan(FILTER, { deadLetters: ['file:///x'] }).deadLetters?.address, '/x')
  assert.throws(
    () => plan(FILTER, { deadLetters: ['tcp://a:1'] }),
    misuse(/^--dead-letters tcp:\/\/a:1: only what is durable/),
  )
  assert.throws(() => plan(FILTER, { deadLetters: ['tcp://127.0.0.1:1?bind=1'] }), misuse(/^--dead-letters/))
  assert.throws(() => plan(FILTER, { deadLetters: ['-'] }), misuse(/only what is durable/))
  assert.throws(() => plan(FILTER, { deadLetters: ['/x'] }), misuse(/^--dead-letters \/x: an endpoint is/))
  assert.throws(
    () => plan(FILTER, { deadLetters: ['file://x'] }),
    misuse(/^--dead-letters file:\/\/x: .*three slashes/),
  )
})

test('options that do not go together are misuse before anything is opened', () => {
  const check = ({ a }: { a: string | undefined }) => {
    if (a === undefined) throw new Misuse('--a is missing')
  }
  const daemon = filter({ summary: '', options: { a: text('') }, check, open: () => record => record })
  assert.throws(() => plan(daemon, {}), misuse(/--a is missing/))
  assert.equal(plan(daemon, { a: ['1'] }).own.a, '1')
})

test('bug: a file that was read to its end and appended to had no end', () => {
  const both = { pullConnect: ['file:///tmp/a'], pushConnect: ['file:///tmp/a'] }
  assert.throws(() => plan(FILTER, both), misuse(/file:\/\/\/tmp\/a: cannot be read and appended to at once/))
})

test('keys that no link would use are misuse; in the environment they may be for others', t => {
  const keys = new Keys(t, 'web1', 'store1')
  const [curveKey, curveServer, curveAllow] = [[keys.of('web1')], [keys.publicOf('store1')], [keys.allowed]]
  const ipc = { pullConnect: ['-'], pushConnect: ['ipc:///tmp/x'] }
  const tcp = { pullConnect: ['-'], pushConnect: ['ack+tcp://store1:7000'] }
  const server = `server-key=${keys.publicOf('store1')}`
  for (const [flags, message] of [
    [{ ...ipc, curveKey }, /^--curve-key: it would not be used, for no link here is by tcp/],
    [{ ...ipc, curveKey, curveServer }, /^--curve-server: .*no link here connects by tcp/],
    [{ ...tcp, curveKey, curveServer, curveAllow }, /^--curve-allow: .*no link here is bound by tcp/],
    [{ pullConnect: ['-'], pushConnect: ['tcp://h:1?curve=off'], curveKey }, /^--curve-key: /],
    [{ ...ipc, pushConnect: [`tcp://h:1?${server}`], curveKey, curveServer }, /^--curve-server: /],
  ] as [{ [key: string]: string[] }, RegExp][])
    assert.throws(() => plan(FILTER, flags), misuse(message), String(message))
  assert.ok(plan(FILTER, { ...tcp, curveKey, curveServer }).push[0]!.keys)
  assert.ok(plan(FILTER, { ...ipc, pushConnect: [`ipc:///tmp/x?${server}`], curveKey }).push[0]!.keys)
  const deadLetters = ['ack+tcp://h:1']
  assert.ok(plan(FILTER, { ...ipc, deadLetters, curveKey, curveServer }).deadLetters!.keys)
  const env = { SLUICE_CURVE_KEY: curveKey[0], SLUICE_CURVE_ALLOW: curveAllow[0] }
  assert.equal(plan(FILTER, ipc, PIPES, env).push[0]!.keys, undefined)
})

test('the name of a key counts where it names the sender, of what is pulled', t => {
  const keys = new Keys(t, 'web1', 'store1')
  const odd = join(keys.folder, 'odd.pub')
  writeFileSync(odd, formatKeyFile('The relay of Bob', { publicKey: keys.pair('store1').publicKey }), {
    mode: 0o644,
  })
  const curveKey = [keys.of('web1')]
  const link = [`tcp://h:1?server-key=${odd}`]
  assert.ok(plan(FILTER, { pullConnect: ['-'], pushConnect: link, curveKey }).push[0]!.keys)
  assert.throws(
    () => plan(FILTER, { pullConnect: link, pushConnect: ['-'], curveKey }),
    misuse(/the name "The relay of Bob" cannot name the sender/),
  )
})
