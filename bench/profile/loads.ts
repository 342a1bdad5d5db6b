// Ten seconds of work for one daemon, as its part of npm run bench has it, and nothing else.
import { wrk } from '../../test/servers/wrk.ts'
import { CASES, startCollect } from '../collect.ts'
import { blast } from '../support/blast.ts'
import { Helper } from '../support/children.ts'
import { ipcEndpoint, temporary } from '../support/folder.ts'
import type { Received } from '../support/hop-receiver.ts'
import type { Posted } from '../support/http-poster.ts'
import type { Stored } from '../support/null-bulk.ts'
import type { Pulled } from '../support/null-pull.ts'
import { Program } from '../support/program.ts'
import { MESSAGE_SIZE, recordFile, recordsOf } from '../support/records.ts'
import { ask, HISTOGRAM, SEARCH } from '../support/store-questions.ts'
import { StoreUnderTest } from '../support/store-under-test.ts'

const RATE = 40_000
const SECONDS = 8
const PER_BATCH = 256
/** Records of a request, connections. */
const SIZES = [
  [1, 64],
  [10_000, 4],
]

export interface Load {
  summary: string
  /** Resolves when the daemon has ended, and written its profiles. */
  run(): Promise<Program>
}

export const LOADS: { readonly [daemon: string]: Load } = {
  'syslog-udp': { summary: `${RATE} datagrams a second over ipc to who throws them away`, run: bridge },
  'http-in': { summary: 'requests of 1 record, then of 10,000, over ipc to the same', run: inlet },
  collect: { summary: 'GIFs by wrk, 64 connections, over ipc to the same', run: collector },
  'syslog-json': { summary: 'a file of 1,500,000 records to the same', run: translator },
  elasticsearch: { summary: 'a file of 1,000,000 records to a server that stores nothing', run: sink },
  relay: { summary: '2,000,000 records over ack+ipc, through a spool', run: relay },
  relp: { summary: '1,000,000 messages over 20 connections, answered over ack+ipc', run: relp },
  store: { summary: '300,000 records, then searches', run: store },
  run: { summary: `syslog-udp | syslog-json | elasticsearch in one process, ${RATE} a second`, run: chain },
}

async function bridge(): Promise<Program> {
  const endpoint = ipcEndpoint()
  const puller = new Helper<string, Pulled>('null-pull.ts', [endpoint])
  await puller.hello
  const args = ['--listen', '127.0.0.1:0', '--push-connect', endpoint]
  const program = await blastAt(new Program('sluice-syslog-udp', args))
  puller.stop()
  return program
}

async function inlet(): Promise<Program> {
  const endpoint = ipcEndpoint()
  const puller = new Helper<string, Pulled>('null-pull.ts', [endpoint])
  await puller.hello
  const program = new Program('sluice-http-in', ['--http', '127.0.0.1:0', '--push-connect', endpoint])
  await program.ready()
  for (const [size, connections] of SIZES) {
    const args = [program.port(), 'ndjson', size, connections].map(String)
    const poster = new Helper<string, Posted>('http-poster.ts', args)
    await poster.ask(String(SECONDS / 2))
    poster.stop()
  }
  await program.stop()
  puller.stop()
  return program
}

async function collector(): Promise<Program> {
  const { program, url, stop } = await startCollect([])
  await wrk(`${url}${CASES.GIF!.path}`, { connections: 64, seconds: SECONDS })
  await stop()
  return program
}

async function translator(): Promise<Program> {
  const { path } = await recordFile('received', 1_500_000)
  const endpoint = ipcEndpoint()
  const puller = new Helper<string, Pulled>('null-pull.ts', [endpoint])
  await puller.hello
  const args = ['--pull-connect', `file://${path}`, '--push-connect', endpoint]
  const program = await untilEnd(new Program('sluice-syslog-json', args))
  puller.stop()
  return program
}

async function sink(): Promise<Program> {
  const { path } = await recordFile('parsed', 1_000_000)
  const server = new Helper<string, Stored>('null-bulk.ts')
  const args = ['--pull-connect', `file://${path}`, '--node', await server.hello]
  const program = await untilEnd(new Program('sluice-elasticsearch', args))
  server.stop()
  return program
}

async function relay(): Promise<Program> {
  const [from, to] = [`ack+${ipcEndpoint()}`, `ack+${ipcEndpoint()}`]
  const size = ['2000000', String(PER_BATCH)]
  const receiver = new Helper<string, Received>('hop-receiver.ts', ['bind', to, ...size])
  await receiver.hello
  const args = ['--pull-bind', from, '--push-connect', to, '--spool', temporary('spool')]
  const program = new Program('sluice-relay', args)
  await program.ready()
  const line = recordsOf('received')(0)
  const sender = new Helper<string, number>('hop-sender.ts', ['connect', from, ...size, line])
  await sender.hello
  await sender.ask('send')
  await receiver.ask('received')
  sender.stop()
  await program.stop()
  receiver.stop()
  return program
}

async function relp(): Promise<Program> {
  const endpoint = `ack+${ipcEndpoint()}`
  const relay = new Program('sluice-relay', ['--pull-bind', endpoint, '--push-connect', 'file:///dev/null'])
  await relay.ready()
  const program = new Program('sluice-relp', ['--listen', '127.0.0.1:0', '--push-connect', endpoint])
  await program.ready()
  const sender = new Helper<string, string>('relp-sender.ts', [String(program.port()), '20', '128'])
  await sender.ask('1000000')
  sender.stop()
  await program.stop()
  await relay.stop()
  return program
}

async function store(): Promise<Program> {
  const store = new StoreUnderTest()
  await store.ready()
  await store.ingest(300_000)
  for (let n = 0; n < 100; n++) for (const path of [HISTOGRAM, SEARCH]) await ask(store.url, path)
  await store.stop()
  return store.program
}

async function chain(): Promise<Program> {
  const server = new Helper<string, Stored>('null-bulk.ts')
  const stages = `syslog-udp --listen 127.0.0.1:0 | syslog-json | elasticsearch --node ${await server.hello}`
  const program = await blastAt(new Program('sluice', ['run', stages]))
  server.stop()
  return program
}

async function blastAt(program: Program): Promise<Program> {
  await program.ready()
  await blast(program.port(), RATE, SECONDS, MESSAGE_SIZE)
  await program.stop()
  return program
}

/** It ends with its file. */
async function untilEnd(program: Program): Promise<Program> {
  await program.ready()
  await program.exited
  return program
}
