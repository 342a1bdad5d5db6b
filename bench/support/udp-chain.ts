// From UDP to bulk requests that a server answers without storing, in one process or in several, and what a record costs on
// the way.
import { type BlastOptions, blast } from './blast.ts'
import { Helper } from './children.ts'
import { ipcEndpoint, root, temporary } from './folder.ts'
import type { Stored } from './null-bulk.ts'
import { packageFolder } from './package.ts'
import { cpuSeconds, family, kernelDrops } from './proc.ts'
import { eventually, Program } from './program.ts'
import { MESSAGE_SIZE } from './records.ts'

export interface UdpChain {
  /** The first one has the UDP port. */
  programs: readonly Program[]
  server: Helper<string, Stored>
}

export interface Load extends BlastOptions {
  /** Messages a second. */
  rate: number
  /** Bytes of a message; {@link MESSAGE_SIZE} when not said. */
  size?: number
}

export interface Round {
  sent: number
  kernelDropped: number
  arrived: number
  repeated: number
  /** Microseconds of CPU a record, of each of our programs with its children. */
  cpu: number[]
}

const PATIENCE = 15_000

let spools = 0

/** Of the checkout, as it is now. */
export const udpChains: { readonly [way: string]: () => Promise<UdpChain> } = {
  'sluice run, one process': () => inOneProcess({}),
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

export interface Shape {
  /** So many relays stand between the bridge and the translator. */
  relays?: number
  /** So many processes with --reuse-port; without it one, which has the port for itself. */
  sources?: number
  /** So many processes of the translator (`syslog-json*4`); without it, it is in the one process with the others. */
  copies?: number
}

/** @param home the folder whose bin/ is measured, see {@link packageFolder}; by default the checkout's */
export async function inOneProcess({ relays = 0, sources, copies }: Shape, home = root): Promise<UdpChain> {
  const server = new Helper<string, Stored>('null-bulk.ts')
  const node = await server.hello
  const start = (port: number) => {
    const stages = [
      `syslog-udp --listen 127.0.0.1:${port}${sources ? ' --reuse-port' : ''}`,
      ...Array<string>(relays).fill('relay'),
      copies ? `syslog-json*${copies}` : 'syslog-json',
      `elasticsearch --node ${node} --template off`,
    ]
    return new Program('sluice', ['run', stages.join(' | ')], { home, env: { SLUICE_LOG_LEVEL: 'info' } })
  }
  const programs = [start(0)]
  const chain = await whenReady({ programs, server })
  // The others share the port that the first one was given.
  while (programs.length < (sources ?? 1)) programs.push(start(programs[0]!.port()))
  return whenReady(chain)
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

/** Sends so much for so many seconds, and waits until all of it has arrived. */
export async function drive({ programs, server }: UdpChain, load: Load, seconds: number): Promise<Round> {
  const { rate, size = MESSAGE_SIZE, ...options } = load
  const port = programs[0]!.port()
  const cpu = () => programs.map(({ pid }) => family(pid).reduce((sum, own) => sum + cpuSeconds(own), 0))
  const before = { cpu: cpu(), stored: await server.ask('stored'), drops: kernelDrops(port) }
  const { datagrams: sent } = await blast(port, rate, seconds, size, options)
  const arrived = async () => (await server.ask('stored')).distinct - before.stored.distinct
  const kernelDropped = () => kernelDrops(port) - before.drops
  await eventually(async () => (await arrived()) + kernelDropped() >= sent, PATIENCE)
  const stored = await server.ask('stored')
  const distinct = stored.distinct - before.stored.distinct
  const after = cpu()
  return {
    sent,
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
