// The whole chain in one process, or in two that share the port, into a server that stores nothing.
import { type BlastOptions, blast } from '../../support/blast.ts'
import { Helper } from '../../support/children.ts'
import type { Stored } from '../../support/null-bulk.ts'
import { packageFolder } from '../../support/package.ts'
import { kernelDrops } from '../../support/proc.ts'
import { eventually, Program } from '../../support/program.ts'
import { freeUdpPort } from './sockets.ts'
import { cpuSecondsOf, family } from './tree.ts'

export interface Load extends BlastOptions {
  /** Bytes of a message. */
  size: number
  /** Messages a second. */
  rate: number
  /** So many relays stand between the bridge and the translator. */
  relays?: number
  /** So many processes with --reuse-port; without it one, which has the port for itself. */
  sources?: number
  /** So many processes of the translator (`syslog-json*4`); without it, it is in the one process with the others. */
  copies?: number
}

export interface Carried {
  /** Microseconds of CPU a record. */
  cpu: number
  sent: number
  lost: number
}

const WARM_UP = 4
const PATIENCE = 10_000

export async function carry(
  { size, rate, relays = 0, sources, copies, ...options }: Load,
  seconds: number,
): Promise<Carried> {
  const server = new Helper<string, Stored>('null-bulk.ts')
  const port = await freeUdpPort()
  const stages = [
    `syslog-udp --listen 127.0.0.1:${port}${sources ? ' --reuse-port' : ''}`,
    ...Array<string>(relays).fill('relay'),
    copies ? `syslog-json*${copies}` : 'syslog-json',
    `elasticsearch --node ${await server.hello} --template off`,
  ]
  const programs = Array.from({ length: sources ?? 1 }, () => {
    const home = packageFolder()
    return new Program('sluice', ['run', stages.join(' | ')], { home, env: { SLUICE_LOG_LEVEL: 'info' } })
  })
  for (const program of programs) await program.ready()
  const pids = () => family(...programs.map(({ pid }) => pid))
  const send = async (time: number): Promise<Carried> => {
    const before = { cpu: cpuSecondsOf(pids()), ...(await server.ask('stored')), drops: kernelDrops(port) }
    const { datagrams: sent } = await blast(port, rate, time, size, options)
    const arrived = async () => (await server.ask('stored')).distinct - before.distinct
    const dropped = () => kernelDrops(port) - before.drops
    await eventually(async () => (await arrived()) + dropped() >= sent, PATIENCE)
    const records = await arrived()
    return { cpu: ((cpuSecondsOf(pids()) - before.cpu) * 1e6) / records, sent, lost: sent - records }
  }
  await send(WARM_UP)
  const carried = await send(seconds)
  for (const program of programs) await program.stop()
  server.stop()
  return carried
}
