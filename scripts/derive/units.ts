import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Daemon } from '../../src/lib/daemon.ts'
import type { Rights } from '../../src/lib/service/rights.ts'
import { chainUnit, shippedService } from '../../src/lib/service/shipped.ts'

export const UNIT_COLUMNS = [
  ...['Unit', 'Handed over', 'Speaks to', 'Sees, beside its own', 'Writes, beside its own'],
  'Exposure',
]

/** What the units that come along may do. */
export function unitRows(root: string, daemons: readonly { name: string; daemon: Daemon }[]): string[][] {
  const exposureOf = exposures(root)
  const own = daemons.map(({ name, daemon }) => {
    const { unit, sockets } = shippedService(name, daemon)
    const places = sockets.flatMap(({ addresses, kind }) => addresses.map(address => `${kind} ${address}`))
    return [unit.name, ...describeRights(unit.rights, places), exposureOf(unit.name)]
  })
  return [...own, ['sluice@', ...describeRights(chainUnit().rights, []), exposureOf('sluice@')]]
}

export const EXPOSURE_COLUMNS = ['Exposure', 'Units']

/** How much of the host each leaves to whoever takes it over, least first. */
export function exposureRows(root: string, daemons: readonly { name: string; daemon: Daemon }[]): string[][] {
  const units = Map.groupBy(unitRows(root, daemons), row => row.at(-1)!)
  return [...units].toSorted().map(([exposure, rows]) => [exposure, rows.map(([unit]) => unit).join(', ')])
}

function describeRights(
  { peers, programs, host, reads, links, writes }: Rights,
  sockets: readonly string[],
): string[] {
  const speaks = peers === 'anybody' ? 'anybody' : peers.join(', ') || 'nobody'
  const sees = programs || host ? 'all of the host' : [...links, ...reads].toSorted().join(', ') || 'nothing'
  return [sockets.join(', '), speaks, sees, writes.join(', ') || 'nothing']
}

/** Another version counts in other ways: then what stands in the page stays. */
function exposures(root: string): (unit: string) => string {
  const page = readFileSync(join(root, 'docs/services.md'), 'utf8').split('\n')
  const isKnown = /^systemd 252 /.test(analyze('--version'))
  return unit => {
    const file = join(root, `systemd/${unit}.service`)
    const said = isKnown ? analyze('security', '--offline=yes', '--no-pager', file) : ''
    const row = page.find(line => line.startsWith(`| ${unit} |`)) ?? ''
    return / for \S+: ([\d.]+)/.exec(said)?.[1] ?? /([\d.]+) \|$/.exec(row)?.[1] ?? ''
  }
}

function analyze(...args: readonly string[]): string {
  const env = { ...process.env, LC_ALL: 'C' }
  return spawnSync('systemd-analyze', args, { encoding: 'utf8', env }).stdout ?? ''
}
