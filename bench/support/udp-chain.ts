// From UDP to bulk requests, three ways, and what a record costs on it.
import { blast } from './blast.ts'
import { Helper } from './children.ts'
import { ipcEndpoint, temporary } from './folder.ts'
import type { Stored } from './null-bulk.ts'
import { cpuSeconds, kernelDrops } from './proc.ts'
import { eventually, Program } from './program.ts'
import { MESSAGE_SIZE } from './records.ts'

export interface UdpChain {
  /** The first one has the UDP port. */
  programs: readonly Program[]
  server: Helper<string, Stored>
}

export interface Round {
  sent: number
  kernelDropped: number
  arrived: number
  repeated: number
  /** Microseconds of CPU a record, of each of our processes. */
  cpu: number[]
}

let spools = 0

export const udpChains: { readonly [way: string]: () => Promise<UdpChain> } = {
  'sluice run, one process': oneProcess,
  'three daemons over ipc': () => threeDaemons(''),
  'three daemons, acknowledged, with a spool': () =>
    threeDaemons('ack+', '--spool', temporary(`chain-spool-${++spools}`)),
}

async function threeDaemons(scheme: string, ...spool: string[]): Promise<UdpChain> {
  const server = new Helper<string, Stored>('null-bulk.ts')
  const [raw, parsed] = [`${scheme}${ipcEndpoint()}`, `${scheme}${ipcEndpoint()}`]
  const programs = [
    new Program('sluice-syslog-udp', ['--listen', '127.0.0.1:0', '--push-connect', raw, ...spool]),
    new Program('sluice-syslog-json', ['--pull-bind', raw, '--push-connect', parsed]),
    new Program('sluice-elasticsearch', ['--pull-bind', parsed, '--node', await server.hello]),
  ]
  return whenReady({ programs, server })
}

async function oneProcess(): Promise<UdpChain> {
  const server = new Helper<string, Stored>('null-bulk.ts')
  const chain = `syslog-udp --listen 127.0.0.1:0 | syslog-json | elasticsearch --node ${await server.hello}`
  return whenReady({ programs: [new Program('sluice', ['run', chain])], server })
}

/** Where one of them does not become ready, the others would keep this process from its end. */
async function whenReady(chain: UdpChain): Promise<UdpChain> {
  try {
    for (const program of chain.programs) await program.ready()
    return chain
  } catch (error) {
    await close(chain)
    throw error
  }
}

/** Sends so many records a second for so long, and waits until all of them have arrived. */
export async function drive({ programs, server }: UdpChain, rate: number, seconds: number): Promise<Round> {
  const port = programs[0]!.port()
  const cpu = () => programs.map(({ pid }) => cpuSeconds(pid))
  const before = { cpu: cpu(), stored: await server.ask('stored'), drops: kernelDrops(port) }
  const sent = await blast(port, rate, seconds, MESSAGE_SIZE)
  const arrived = async () => (await server.ask('stored')).distinct - before.stored.distinct
  const kernelDropped = () => kernelDrops(port) - before.drops
  await eventually(async () => (await arrived()) + kernelDropped() >= sent.datagrams, 15_000)
  const stored = await server.ask('stored')
  const distinct = stored.distinct - before.stored.distinct
  const after = cpu()
  return {
    sent: sent.datagrams,
    kernelDropped: kernelDropped(),
    arrived: distinct,
    repeated: stored.documents - before.stored.documents - distinct,
    cpu: after.map((value, n) => ((value - before.cpu[n]!) / distinct) * 1e6),
  }
}

export async function close({ programs, server }: UdpChain): Promise<void> {
  server.stop()
  for (const program of programs) await program.stop()
}
