// What allowed, connected clients keep of their rate while 2,000 connections of strangers are at the same listener; and how long one more
// client takes to come in.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createKeyPair, formatKeyFile, readPublicKey } from '../src/lib/curve/key-file.ts'
import { makeCertificate } from '../test/support/certificates.ts'
import type { Flood, Way } from '../test/support/flooder.ts'
import { Helper } from './support/children.ts'
import { ASKING } from './support/flood-client.ts'
import { ipcEndpoint, temporary } from './support/folder.ts'
import { count, digits, median, spread } from './support/numbers.ts'
import { cpuSeconds } from './support/proc.ts'
import { eventually, Program } from './support/program.ts'
import type { Report } from './support/report.ts'

const CONNECTIONS = 2_000
/** How often a second strangers connect, at most. */
const RATES: { readonly [way in Way]: number } = { silent: 2_000, slow: 2_000, churn: 1_000, strangers: 200 }
const ROUNDS = Number(process.env.SLUICE_BENCH_ROUNDS) || 3
const SECONDS = Number(process.env.SLUICE_BENCH_SECONDS) || 2
/** A second, of records and of requests: what there is to spare on two cores that the flooder uses too. */
const PACED = { records: 20_000, requests: 200 }
const GOAL = 0.8

const HEAD = [
  ...['listener', 'strangers', 'paced/s alone', 'flooded / alone', 'at full speed/s', 'flooded / alone'],
  ...['daemon, of a core', 'flooder, of a core', 'ms until one more is in, alone', 'flooded'],
]

interface Listener {
  name: string
  program: string
  /** The kind of its client. */
  kind: string
  flags: readonly string[]
  keys?: true
}

interface Round {
  rate: number
  /** Of a core. */
  daemon: number
}

interface Measured {
  alone: Round[]
  flooded: Round[]
  /** Of a core. */
  flooder: number[]
  /** Milliseconds until one more client is connected, a process that starts. */
  entry: { alone: number[]; flooded: number[] }
}

export async function measure(report: Report): Promise<void> {
  report.parameters({
    strangers: `${count(CONNECTIONS)} connections from one process; silent and slow (a byte a second) are held, and come again at up to ${count(RATES.silent)}/s when they are sent away; churn is junk and hanging up, ${count(RATES.churn)}/s; strangers are handshakes with keys that are not allowed, ${RATES.strangers}/s`,
    client: `one connection; paced: ${count(PACED.records)} records/s, or ${PACED.requests} requests/s; and as fast as it goes`,
    rounds: `${ROUNDS} of ${SECONDS} s each, alone and flooded in turn`,
    'read it so':
      'paced, each has the CPU it needs; as fast as it goes, all want the same cores, and what the flooder uses is taken from them',
  })
  let worst = { ratio: Number.POSITIVE_INFINITY, what: '' }
  for (const listener of listeners()) {
    const ways: Way[] = ['silent', 'slow', 'churn', ...(listener.keys ? (['strangers'] as const) : [])]
    const rows: string[][] = []
    for (const way of ways) {
      const { row, ratio } = await measureWay(listener, way)
      rows.push(row)
      if (ratio < worst.ratio) worst = { ratio, what: `${listener.name}, ${way}` }
    }
    report.table(HEAD, rows)
  }
  report.note(
    'Medians; in brackets the least and the most of the rounds. The daemon: paced, alone and flooded.',
  )
  report.goal(
    'least part of its paced rate that a client kept',
    `>= ${GOAL.toFixed(2)}`,
    `${digits(2)(worst.ratio)} (${worst.what})`,
  )
}

function listeners(): Listener[] {
  const folder = temporary('flood')
  mkdirSync(folder, { recursive: true })
  const pairs = { own: createKeyPair(), client: createKeyPair() }
  for (const [name, pair] of Object.entries(pairs)) {
    writeFileSync(join(folder, name), formatKeyFile(name, pair), { mode: 0o600 })
    writeFileSync(join(folder, `${name}.pub`), formatKeyFile(name, { publicKey: pair.publicKey }))
  }
  writeFileSync(join(folder, 'allowed'), `${pairs.client.publicKey} client\n`)
  const { cert, key } = makeCertificate(folder, 'host')
  const keys = ['--curve-key', join(folder, 'own'), '--curve-allow', join(folder, 'allowed')]
  const listen = ['--listen', '127.0.0.1:0']
  const http = ['--http', '127.0.0.1:0', '--pull-bind', ipcEndpoint(), '--path', join(folder, 'store')]
  const admin = ['--admin', '127.0.0.1:0', '--pull-bind', ipcEndpoint()]
  const bound = (scheme: string) => ['--pull-bind', `${scheme}://127.0.0.1:*`]
  const link = { program: 'sluice-relay', keys: true } as const
  return [
    { name: 'tcp:// with keys', kind: 'tcp', flags: [...bound('tcp'), ...keys], ...link },
    { name: 'ack+tcp:// with keys', kind: 'ack+tcp', flags: [...bound('ack+tcp'), ...keys], ...link },
    { name: 'ack+tcp://', kind: 'ack+tcp', program: 'sluice-relay', flags: bound('ack+tcp') },
    { name: 'syslog-tcp', kind: 'syslog-tcp', program: 'sluice-syslog-tcp', flags: listen },
    {
      ...{ name: 'syslog-tcp, TLS', kind: 'syslog-tls', program: 'sluice-syslog-tcp' },
      flags: [...listen, '--tls-cert', cert, '--tls-key', key],
    },
    { name: 'relp', kind: 'relp', program: 'sluice-relp', flags: listen },
    { name: 'http-in', kind: 'http-in', program: 'sluice-http-in', flags: ['--http', '127.0.0.1:0'] },
    { name: 'store, searches', kind: 'store', program: 'sluice-store', flags: http },
    { name: '--admin, /metrics', kind: 'admin', program: 'sluice-relay', flags: admin },
  ]
}

async function measureWay({ name, program, kind, flags, keys }: Listener, way: Way) {
  const sink = ipcEndpoint()
  const puller = new Helper<string, number>('marked-pull.ts', [sink])
  await puller.hello
  const push = kind === 'store' ? [] : ['--push-connect', sink]
  const daemon = new Program(program, [...flags, ...push], { env: { SLUICE_LOG_LEVEL: 'info' } })
  await daemon.ready()
  const port = kind === 'admin' ? adminPort(daemon) : daemon.port()
  const folder = temporary('flood')
  const own = keys ? [join(folder, 'client'), join(folder, 'own.pub')] : []
  const dial = () => new Helper<string, number>('flood-client.ts', [kind, String(port), ...own])
  const client = dial()
  await client.hello
  const serverKey = keys ? readPublicKey('', join(folder, 'own.pub')).publicKey : ''
  // Those who are held are all there first; of the others, a second's.
  const most = way === 'silent' || way === 'slow' ? CONNECTIONS : RATES[way]
  const words = [port, most, RATES[way], 1, serverKey].map(String)
  const flooder = new Helper<string, Flood>('../../test/support/flooder.ts', words)
  await flooder.hello

  const isAsking = ASKING.includes(kind)
  const once = (rate: number) => offer(client, daemon, isAsking ? undefined : puller, rate)
  const paced = isAsking ? PACED.requests : PACED.records
  await once(paced)
  const measured = { paced: empty(), full: empty() }
  for (let n = 0; n < ROUNDS; n++) {
    for (const [how, rate] of [
      ['paced', paced],
      ['full', 0],
    ] as const) {
      const one = measured[how]
      one.alone.push(await once(rate))
      one.entry.alone.push(await entry(dial))
      await flooder.ask(`begin ${way}`)
      const before = { cpu: cpuSeconds(flooder.child.pid!), at: performance.now() }
      one.flooded.push(await once(rate))
      one.flooder.push(
        (cpuSeconds(flooder.child.pid!) - before.cpu) / ((performance.now() - before.at) / 1000),
      )
      one.entry.flooded.push(await entry(dial))
      await flooder.ask('end')
    }
  }
  client.stop()
  flooder.stop()
  await daemon.stop()
  puller.stop()
  return rowOf(name, way, measured)
}

function empty(): Measured {
  return { alone: [], flooded: [], flooder: [], entry: { alone: [], flooded: [] } }
}

/** Until all that the client has sent has arrived. */
async function offer(
  client: Helper<string, number>,
  daemon: Program,
  puller: Helper<string, number> | undefined,
  rate: number,
): Promise<Round> {
  const before = { cpu: cpuSeconds(daemon.pid), records: (await puller?.ask('count')) ?? 0 }
  const start = performance.now()
  const sent = await client.ask(`${SECONDS} ${rate}`)
  const haveCome = async () => !puller || (await puller.ask('count')) - before.records >= sent
  if (!(await eventually(haveCome, 60_000))) throw new Error(`not all of ${sent} records have come`)
  const seconds = (performance.now() - start) / 1000
  return { rate: sent / seconds, daemon: (cpuSeconds(daemon.pid) - before.cpu) / seconds }
}

/** Milliseconds until one more client is connected, with the start of its process. */
async function entry(dial: () => Helper<string, number>): Promise<number> {
  const start = performance.now()
  const client = dial()
  await client.hello
  client.stop()
  return performance.now() - start
}

function adminPort({ stderr }: Program): number {
  return Number(/http:\/\/127\.0\.0\.1:(\d+)/.exec(stderr)?.[1])
}

function rowOf(name: string, way: Way, { paced, full }: { paced: Measured; full: Measured }) {
  const ratios = (one: Measured) => one.flooded.map(({ rate }, n) => rate / one.alone[n]!.rate)
  const rates = (one: Measured) => spread(one.alone.map(({ rate }) => rate))
  const cpu = (rounds: Round[]) => digits(2)(median(rounds.map(({ daemon }) => daemon)))
  const row = [
    ...[
      name,
      way,
      rates(paced),
      spread(ratios(paced), digits(2)),
      rates(full),
      spread(ratios(full), digits(2)),
    ],
    `${cpu(paced.alone)}, ${cpu(paced.flooded)}`,
    digits(2)(median([...paced.flooder, ...full.flooder])),
    spread([...paced.entry.alone, ...full.entry.alone]),
    spread([...paced.entry.flooded, ...full.entry.flooded]),
  ]
  return { row, ratio: median(ratios(paced)) }
}
