// Every server that other tests rely on starts, answers, and leaves no process behind.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { freePort } from '../support/port.ts'
import { orSkip } from './available.ts'
import { startElasticsearch } from './elasticsearch.ts'
import { startOpenSearch } from './opensearch.ts'
import { pythonWithZmq } from './python.ts'
import { startRsyslog } from './rsyslog.ts'
import { exists, run, type Server, until } from './support.ts'

const stores = {
  'Elasticsearch 8.19.0': () => startElasticsearch('8.19.0'),
  'Elasticsearch 9.2.0': () => startElasticsearch('9.2.0'),
  OpenSearch: startOpenSearch,
}

describe('stores', { concurrency: true }, () => {
  for (const [name, start] of Object.entries(stores)) {
    test(`${name} keeps a document, and stops`, async t => {
      const server = await orSkip(t, start)
      if (!server) return
      t.after(() => server.stop())
      await keepsADocument(server)
      await server.stop()
      if (server.pid) await dies(server.pid)
    })
  }
})

async function keepsADocument({ url }: Server): Promise<void> {
  // An index of its own, since the server may be a shared one.
  const index = `${url}/servers-test-${process.pid}`
  const body = JSON.stringify({ message: 'hello' })
  const headers = { 'content-type': 'application/json' }
  const created = await fetch(`${index}/_create/1`, { method: 'PUT', headers, body })
  assert.equal(created.status, 201, await created.text())
  const found = (await (await fetch(`${index}/_doc/1`)).json()) as { _source: unknown }
  assert.deepEqual(found._source, { message: 'hello' })
  await fetch(index, { method: 'DELETE' })
}

test('rsyslogd pushes what it gets by TCP to a Python puller, and pulls from a Python pusher', async t => {
  const python = await orSkip(t, pythonWithZmq)
  const [tcp, out, into] = [await freePort(), await freePort(), await freePort()]
  const rsyslog =
    python && (await orSkip(t, () => startRsyslog(directory => pipes(directory, tcp, out, into))))
  if (!rsyslog) return
  t.after(() => rsyslog.stop())

  const pulled = run(python, ['-c', pull, String(out)])
  connect(tcp, '127.0.0.1').end('<13>Oct 11 22:14:15 web1 app: one\n<13>Oct 11 22:14:15 web1 app: two\n')
  assert.deepEqual(JSON.parse(await pulled), [
    ['<13>Oct 11 22:14:15 web1 app: one'],
    ['<13>Oct 11 22:14:15 web1 app: two'],
  ])

  await run(python, ['-c', push, String(into)])
  const received = join(rsyslog.directory, 'received')
  const arrived = async () => (await exists(received)) && (await readFile(received, 'utf8')) === 'one\ntwo\n'
  await until(arrived, { timeout: 5000, what: 'both messages' })

  await rsyslog.stop()
  await dies(rsyslog.pid)
})

const pipes = (directory: string, tcp: number, out: number, into: number) => `
  module(load="imtcp") module(load="omczmq") module(load="imczmq")
  template(name="raw" type="string" string="%rawmsg%")
  template(name="line" type="string" string="%rawmsg%\\n")
  input(type="imtcp" address="127.0.0.1" port="${tcp}" ruleset="out")
  ruleset(name="out") {
    action(type="omczmq" socktype="PUSH" endpoints=">tcp://127.0.0.1:${out}" template="raw")
  }
  input(type="imczmq" socktype="PULL" endpoints="@tcp://127.0.0.1:${into}")
  if $inputname == "imczmq" then { action(type="omfile" file="${directory}/received" template="line") stop }`

const pull = `
import json, sys, zmq
socket = zmq.Context().socket(zmq.PULL)
socket.rcvtimeo = 10000
socket.bind('tcp://127.0.0.1:' + sys.argv[1])
print(json.dumps([[frame.decode() for frame in socket.recv_multipart()] for _ in range(2)]))`

const push = `
import sys, zmq
socket = zmq.Context().socket(zmq.PUSH)
socket.linger = 10000
socket.connect('tcp://127.0.0.1:' + sys.argv[1])
socket.send(b'one')
socket.send(b'two')`

test('an error in the configuration of rsyslogd is told', async t => {
  if (
    !(await orSkip(t, () =>
      startRsyslog('')
        .then(rsyslog => rsyslog.stop())
        .then(() => true),
    ))
  )
    return
  await assert.rejects(startRsyslog('module(load="nonsense")'), /could not load module 'nonsense'/)
})

test('a server dies with the process that started it', async t => {
  const server = await orSkip(t, startAndDie)
  if (!server) return
  await dies(server.pid)
  await rm(server.directory, { recursive: true })
})

/** A server whose starter was killed, and so could not stop it. */
async function startAndDie(): Promise<{ pid: number; directory: string }> {
  const starter = spawn(process.execPath, ['--input-type=module', '-e', startAndWait], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [server] = await Promise.race([once(starter.stdout, 'data'), once(starter, 'exit').then(() => [])])
  starter.kill('SIGKILL')
  if (!server) throw new Error('rsyslogd did not start')
  return JSON.parse(String(server))
}

const startAndWait = `
import { startRsyslog } from '${import.meta.dirname}/rsyslog.ts'
console.log(JSON.stringify(await startRsyslog('')))
setInterval(() => {}, 1000)`

async function dies(pid: number): Promise<void> {
  // An orphan that is dead stays listed until init collects it.
  const dead = () =>
    readFile(`/proc/${pid}/stat`, 'utf8').then(
      stat => /\) [ZX] /.test(stat),
      () => true,
    )
  await until(dead, { timeout: 5000, what: `the end of process ${pid}` })
}
