import { EMPTY_FOLDER, LINK_FOLDER, LINK_GROUP } from '../../lib/service/rights.ts'
import type { Change } from './changes.ts'
import type { Host } from './host.ts'
import { FOLDERS, installedNames, socketsOf, systemctl, UNITS, unitOf } from './installed.ts'
import { type Outcome, SHARED } from './systemd.ts'

/** What a unit says that uses it. The root is beside the links, and begins as they do. */
const SIGNS = [LINK_FOLDER, `SupplementaryGroups=${LINK_GROUP}`]

/** Takes away what `install` has made; what the daemon itself has kept only with `purge`. */
export function uninstallSystemd(names: readonly string[], host: Host, purge: boolean): Outcome {
  const services = names.map(name => unitOf(name, host))
  const units = services.flatMap(service => [...socketsOf(service, host), service])
  const others = usersOf(services, host)
  const changes: Change[] = [
    systemctl('disable', '--now', '--quiet', ...units),
    ...(purge
      ? services.map(service => ({ ...systemctl('clean', '--what=state', service), lax: true }))
      : []),
    ...units.map(unit => ({ remove: `${UNITS}/${unit}` })),
    // Nobody listens at it any more.
    ...names.map(name => ({ remove: `${LINK_FOLDER}/${name}.ipc` })),
    systemctl('daemon-reload'),
    { ...systemctl('reset-failed', ...units), lax: true },
  ]
  const notes: string[] = []
  for (const name of names) {
    const state = `/var/lib/sluice-${name}`
    if (!purge && host.exists(state))
      notes.push(`kept: ${state}, with what the daemon has kept; --purge deletes it`)
    const dropIns = `${UNITS}/sluice-${name}.service.d`
    if (host.exists(dropIns)) notes.push(`kept: ${dropIns}, which is yours`)
  }
  const own = installedNames(host).filter(name => !names.includes(name))
  if (others.length > 0 && own.length === 0)
    notes.push(`kept: ${SHARED.map(({ write }) => write).join(', ')}; ${others.join(', ')} needs them`)
  if (others.length === 0) {
    changes.push(...SHARED.map(({ write }) => ({ remove: write })))
    // Where systemd has mounted, empty folders are left.
    changes.push({ run: ['rm', '-rf', '--one-file-system', '--', EMPTY_FOLDER] })
    for (const folder of [LINK_FOLDER, '/etc/sluice', '/etc/sysusers.d'])
      changes.push({ removeEmpty: folder })
    notes.push(`kept: the group ${LINK_GROUP}; type groupdel ${LINK_GROUP} where no file is its any more`)
  }
  return { changes, notes }
}

/** Services beside these that have their links or their root where all have them: those that come along, chains, somebody's own. */
function usersOf(without: readonly string[], host: Host): string[] {
  const gone = without.map(service => `${UNITS}/${service}`)
  const users = FOLDERS.flatMap(folder =>
    host.list(folder).filter(file => {
      const path = `${folder}/${file}`
      if (!file.endsWith('.service') || gone.includes(path)) return false
      const text = host.read(path)
      return SIGNS.some(sign => text?.includes(sign))
    }),
  )
  return [...new Set(users)].sort()
}
