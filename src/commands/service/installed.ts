import { Misuse } from '../../lib/errors.ts'
import { nearestOf } from '../../lib/nearest.ts'
import type { Host } from './host.ts'

// What `install` has made on this host.

/** Head of the units that are ours to change. */
export const MARK = 'Written by sluice service'

export const UNITS = '/etc/systemd/system'

/** Where units may be (systemd.unit(5)), by which somebody may use what the services share. */
export const FOLDERS = [
  UNITS,
  ...[
    '/run/systemd/system',
    '/usr/local/lib/systemd/system',
    '/usr/lib/systemd/system',
    '/lib/systemd/system',
  ],
]

/** The unit of this name. Throws Misuse where none was installed. */
export function unitOf(name: string, host: Host): string {
  const unit = `sluice-${name}.service`
  const text = host.read(`${UNITS}/${unit}`)
  if (text !== undefined && isOurs(text)) return unit
  const other = FOLDERS.map(folder => `${folder}/${unit}`).find(path => host.exists(path))
  if (other !== undefined)
    throw new Misuse(
      `${other} was not written by sluice service; use systemctl, as in systemctl status ${unit}`,
    )
  const names = installedNames(host)
  const nearest = nearestOf(name, names)
  const there = names.length === 0 ? 'there is none' : `there are ${names.join(', ')}`
  throw new Misuse(`no service ${name} is installed; ${nearest ? `did you mean ${nearest}?` : there}`)
}

/** Names of what `install` has made on this host. */
export function installedNames(host: Host): string[] {
  return host
    .list(UNITS)
    .flatMap(file => /^sluice-(.+)\.service$/.exec(file)?.[1] ?? [])
    .filter(name => isOurs(host.read(`${UNITS}/sluice-${name}.service`) ?? ''))
    .sort()
}

/** With its sockets. */
export function unitsOf(name: string, host: Host): string[] {
  const service = unitOf(name, host)
  return [...socketsOf(service, host), service]
}

export function socketsOf(service: string, host: Host): string[] {
  return host.list(UNITS).filter(name => {
    const text = name.startsWith('sluice-') && name.endsWith('.socket') && host.read(`${UNITS}/${name}`)
    return text && isOurs(text) && text.includes(`\nService=${service}\n`)
  })
}

export function isOurs(text: string): boolean {
  return text.startsWith(`# ${MARK}`)
}

export function systemctl(...args: readonly string[]): { run: readonly string[] } {
  return { run: ['systemctl', ...args] }
}
