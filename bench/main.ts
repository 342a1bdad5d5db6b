// npm run bench: what the suite costs on this machine. Prints the machine, the parameters and tables; never passes
// or fails.
//   npm run bench                 all parts, but for the large ones
//   npm run bench -- hop idle     only these
import { machine } from './support/machine.ts'
import { Report } from './support/report.ts'

const PARTS: { readonly [part: string]: string } = {
  bridge: 'sluice-syslog-udp alone: CPU a record, drops, full speed',
  'udp-json': 'sluice-udp-json, and the same datagrams at sluice-syslog-udp: CPU a record, drops, full speed',
  tcp: 'sluice-syslog-tcp alone: records a second of a core, from 1 to 10,000 connections, TLS',
  'http-in': 'sluice-http-in alone: requests and records a second, CPU of each',
  collect: 'sluice-collect alone, asked by wrk: requests a second of a core, CPU of each',
  relp: 'sluice-relp alone: answered a second, CPU a message, by window and connections',
  tail: 'sluice-tail alone: lines a second of a core, what following 1 to 10,000 files costs',
  translator: 'sluice-syslog-json alone: records a second, CPU a record',
  map: 'sluice-map alone: CPU a record, by kind of step',
  route: 'sluice-route alone: CPU a record',
  hub: 'sluice-hub alone: 5,000 browsers, some of which do not read; and none',
  live: 'from a datagram through sluice-udp-json and sluice-hub to a WebSocket, and to the page in Chromium',
  count: 'sluice-count alone: events a second into SQLite and into Redis, CPU an event',
  tap: 'what a look at the records costs, and the place for it when nobody looks',
  hop: 'batches over one ZeroMQ hop between two processes, plain and acknowledged',
  keys: 'the same hop over tcp with keys: encrypted, and each record with its sender',
  pub: 'single events over one hop: published, as JSON and MessagePack, against pushed',
  delivery: 'a chain over acknowledged links against plain ones; the spool',
  sink: 'sluice-elasticsearch into a server that stores nothing, and into Elasticsearch',
  chain: 'UDP to bulk requests, as three daemons and as one process',
  store: 'sluice-store with a million records: ingest, bytes, searches, memory; from datagram to page',
  flood: 'what clients keep of their rate while 2,000 connections of strangers are at the same listener',
  start: 'from start to ready, of a package and of a checkout',
  idle: 'memory, threads and CPU of a daemon that has nothing to do',
}
/** They take long or need much room: only who asks for them gets them. */
const LARGE: { readonly [part: string]: string } = {
  'store-soak': 'memory over ten minutes, with two browsers looking',
  'store-large': 'the same with 10 and 50 million records; tens of gigabytes, most of an hour',
}
const ALL = { ...PARTS, ...LARGE }

const asked = process.argv.slice(2)
const unknown = asked.filter(part => !Object.hasOwn(ALL, part))
if (unknown.length > 0) {
  const usage = Object.entries(ALL).map(([part, summary]) => `  ${part.padEnd(12)}${summary}`)
  console.error(
    `npm run bench -- [PART...]; without one, all of them but ${Object.keys(LARGE)}\n\n${usage.join('\n')}`,
  )
  process.exit(asked.some(word => word === '--help' || word === '-h') ? 0 : 64)
}

const report = new Report()
console.log('# Sluice benchmarks\n')
report.parameters(machine())
for (const part of asked.length > 0 ? asked : Object.keys(PARTS)) {
  report.heading(`${part}: ${ALL[part]}`)
  const { measure } = (await import(`./${part}.ts`)) as { measure(report: Report): Promise<void> }
  await measure(report)
}
process.exit()
