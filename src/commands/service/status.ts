import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { get } from 'node:http'
import { formatBytes } from '../../lib/units.ts'

const PROPERTIES = [
  ...['ActiveState', 'SubState', 'StatusText', 'Result', 'ExecMainStatus', 'NRestarts', 'MemoryCurrent'],
  ...['UnitFileState', 'StateChangeTimestamp'],
]

/** Milliseconds in which a daemon that works says where it listens. */
const PATIENCE = 2_000

/** What systemd and the daemon itself say of a service, in a few lines. */
export async function statusOf(name: string, now = Date.now()): Promise<string> {
  const unit = `sluice-${name}.service`
  const shown = execFileSync('systemctl', ['show', '--timestamp=unix', `--property=${PROPERTIES}`, unit], {
    encoding: 'utf8',
  })
  const facts = new Map(shown.split('\n').map(line => line.split(/=(.*)/s).slice(0, 2) as [string, string]))
  return describe(name, facts, await endpointsOf(name), now)
}

/** @param facts properties of systemd, by name */
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
  const lines = [isActive ? fact('StatusText') : '', ...endpoints].filter(Boolean).map(line => `  ${line}\n`)
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
    const { stages } = JSON.parse(await fetchText(socketPath)) as { stages: { endpoints: string[] }[] }
    return stages.flatMap(({ endpoints }) => endpoints)
  } catch {
    return []
  }
}

function fetchText(socketPath: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(PATIENCE)
    get({ socketPath, path: '/status', agent: false, signal }, response => {
      let text = ''
      response.setEncoding('utf8').on('data', part => {
        text += part
      })
      response.on('error', reject).on('end', () => resolve(text))
    }).on('error', reject)
  })
}
