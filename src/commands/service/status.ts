import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { askDoor } from '../../lib/asking/ask.ts'
import { parseDoor } from '../../lib/asking/doors.ts'
import { printable } from '../../lib/text/printable.ts'
import { formatBytes } from '../../lib/units.ts'

const PROPERTIES = [
  ...['ActiveState', 'SubState', 'StatusText', 'Result', 'ExecMainStatus', 'NRestarts', 'MemoryCurrent'],
  ...['UnitFileState', 'StateChangeTimestamp', 'TriggeredBy'],
]

/** What systemd and the daemon itself say of a service, in a few lines. */
export async function statusOf(name: string, now = Date.now()): Promise<string> {
  const unit = `sluice-${name}.service`
  const facts = factsOf(unit, PROPERTIES)
  const sockets = facts.get('TriggeredBy')?.split(' ').filter(Boolean) ?? []
  const closed = sockets.flatMap(socket => {
    const of = factsOf(socket, ['ActiveState', 'Result'])
    return of.get('ActiveState') === 'failed' ? [closedSocket(name, socket, of.get('Result') ?? '')] : []
  })
  return describe(name, facts, [...closed, ...(await endpointsOf(name))], now)
}

/** In words, of a socket that systemd does not hold open any more. */
export function closedSocket(name: string, socket: string, result: string): string {
  return `${socket} is closed (${result}): who sends is refused as soon as the service stops; type: sluice service stop ${name} && sluice service start ${name}`
}

function factsOf(unit: string, properties: readonly string[]): Map<string, string> {
  const args = ['show', '--timestamp=unix', `--property=${properties}`, unit]
  const shown = execFileSync('systemctl', args, { encoding: 'utf8' })
  return new Map(shown.split('\n').map(line => line.split(/=(.*)/s).slice(0, 2) as [string, string]))
}

/**
 * @param facts properties of systemd, by name
 * @param endpoints lines of their own, behind those
 */
export function describe(
  name: string,
  facts: ReadonlyMap<string, string>,
  endpoints: readonly string[],
  now: number,
): string {
  const fact = (key: string) => facts.get(key) ?? ''
  const isActive = fact('ActiveState') === 'active'
  const since = Number(fact('StateChangeTimestamp').replace('@', '')) * 1000
  const memory = Number(fact('MemoryCurrent'))
  const restarts = Number(fact('NRestarts'))
  const ended =
    fact('Result') === 'success' ? '' : ` (${fact('Result')}, exit code ${fact('ExecMainStatus')})`
  const parts = [
    `${isActive ? fact('SubState') : fact('ActiveState')}${isActive ? '' : ended}`,
    ...(since > 0 ? [`for ${ago(now - since)}`] : []),
    ...(restarts > 0 ? [`${restarts} ${restarts === 1 ? 'restart' : 'restarts'}`] : []),
    ...(isActive && memory > 0 && memory < 2 ** 50 ? [formatBytes(memory)] : []),
    ...(fact('UnitFileState') === 'enabled' ? [] : ['not started at boot']),
  ]
  // What it has said last is no news of one that has ended.
  const lines = [isActive ? printable(fact('StatusText'), MOST.characters) : '', ...endpoints]
    .filter(Boolean)
    .map(line => `  ${line}\n`)
  return `${name}: ${parts.join(', ')}\n${lines.join('')}`
}

function ago(time: number): string {
  const seconds = Math.max(0, Math.round(time / 1000))
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 120) return `${minutes} min`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`
}

/** Where the daemon listens and what it is linked to; nothing where it does not answer. */
async function endpointsOf(name: string): Promise<string[]> {
  const socketPath = `/run/sluice-${name}/${name}.sock`
  if (!existsSync(socketPath)) return []
  try {
    return endpointsIn(await askDoor(parseDoor(socketPath), '/status'))
  } catch {
    return []
  }
}

/** Endpoints that are shown of a service, and characters of each: its daemon may have been taken over. */
const MOST = { endpoints: 100, characters: 200 }

/** Of what a daemon says of itself. Throws an Error where that is no status. */
export function endpointsIn(body: string): string[] {
  const { stages } = JSON.parse(body) as { stages: { endpoints: unknown[] }[] }
  const all = stages.flatMap(({ endpoints }) => endpoints).filter(one => typeof one === 'string')
  return all.slice(0, MOST.endpoints).map(one => printable(one, MOST.characters))
}
