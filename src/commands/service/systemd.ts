import { Misuse } from '../../lib/errors.ts'
import { nearestOf } from '../../lib/nearest.ts'
import { EMPTY_FOLDER, LINK_FOLDER, LINK_GROUP } from '../../lib/service/rights.ts'
import type { Service } from '../../lib/service/service.ts'
import { SYSUSERS, TMPFILES } from '../../lib/service/shipped.ts'
import { renderSocket, renderUnit } from '../../lib/service/unit.ts'
import type { Change } from './changes.ts'
import { generateUnit } from './generate.ts'
import type { Host } from './host.ts'

/** Head of the units that are ours to change. */
export const MARK = 'Written by sluice service'

const UNITS = '/etc/systemd/system'
const SHARED = [
  { write: '/etc/sysusers.d/sluice.conf', text: SYSUSERS, run: 'systemd-sysusers' },
  { write: '/etc/tmpfiles.d/sluice.conf', text: TMPFILES, run: 'systemd-tmpfiles --create' },
]
const MODE = 0o644

/** What a command changes, and what is to be said of it. */
export interface Outcome {
  changes: Change[]
  notes: string[]
}

/** Writes the units that are not there as they should be, and enables them; with `now` they run as they are written. */
export async function installSystemd(
  services: readonly Service[],
  host: Host,
  now: boolean,
): Promise<Outcome> {
  const files: Files[] = []
  for (const service of services) files.push(await filesOf(service, host))
  const written = files.flatMap(({ changed }) => changed)
  const gone = files.flatMap(({ stale }) => stale)
  const units = files.flatMap(({ units }) => units)
  const isNew = written.length + gone.length > 0
  const disabled = units.filter(unit => !host.isEnabled(unit))
  const outcome: Outcome = {
    changes: [
      ...shared(host),
      ...(gone.length > 0 ? [systemctl('disable', '--now', '--quiet', ...gone)] : []),
      ...gone.map(unit => ({ remove: `${UNITS}/${unit}` })),
      ...written,
      ...(isNew ? [systemctl('daemon-reload')] : []),
      ...(disabled.length > 0 ? [systemctl('enable', '--quiet', ...disabled)] : []),
    ],
    notes: [],
  }
  for (const file of files) settle(file, host, now, outcome)
  if (now) start(files, host, outcome)
  return outcome
}

interface Files {
  name: string
  service: string
  sockets: string[]
  units: string[]
  changed: { write: string; text: string; mode: number }[]
  /** Sockets of an earlier time. */
  stale: string[]
}

async function filesOf({ unit, sockets }: Service, host: Host): Promise<Files> {
  const service = `${unit.name}.service`
  const texts = new Map([[service, await generateUnit(unit.name, renderUnit(unit))]])
  for (const socket of sockets) texts.set(`${socket.name}.socket`, renderSocket(socket))
  for (const name of texts.keys()) checkOurs(name, host)
  const changed = [...texts]
    .map(([name, text]) => ({ write: `${UNITS}/${name}`, text, mode: MODE }))
    .filter(({ write, text }) => host.read(write) !== text)
  return {
    ...{ name: unit.name.replace('sluice-', ''), service, changed },
    sockets: sockets.map(({ name }) => `${name}.socket`),
    units: [...texts.keys()],
    stale: socketsOf(service, host).filter(name => !texts.has(name)),
  }
}

/** Throws Misuse for a unit that somebody else has written. */
function checkOurs(unit: string, host: Host): void {
  const text = host.read(`${UNITS}/${unit}`)
  if (text !== undefined && !isOurs(text))
    throw new Misuse(
      `${UNITS}/${unit} was not written by sluice service; take it away first, or give --name another name`,
    )
}

function isOurs(text: string): boolean {
  return text.startsWith(`# ${MARK}`)
}

function socketsOf(service: string, host: Host): string[] {
  return host.list(UNITS).filter(name => {
    const text = name.startsWith('sluice-') && name.endsWith('.socket') && host.read(`${UNITS}/${name}`)
    return text && isOurs(text) && text.includes(`\nService=${service}\n`)
  })
}

function shared(host: Host): Change[] {
  return SHARED.flatMap(({ write, text, run }) =>
    host.read(write) === text ? [] : [{ write, text, mode: MODE }, { run: [...run.split(' '), write] }],
  )
}

/** Says what is still to be done where nothing is started. */
function settle(
  { name, service, changed, stale }: Files,
  host: Host,
  now: boolean,
  { notes }: Outcome,
): void {
  const isActive = host.isActive(service)
  if (now) return
  if (!isActive) notes.push(`${name} is not started; type: sluice service start ${name}`)
  else if (changed.length + stale.length > 0) {
    const socket = [...stale, ...changed.map(({ write }) => write)].some(unit => unit.endsWith('.socket'))
    const how = socket ? `stop ${name} && sluice service start ${name}` : `restart ${name}`
    notes.push(`${name} still runs as it was before; type: sluice service ${how}`)
  }
}

/** systemd starts them in their order. A socket that has changed is opened anew, which takes its service to be stopped. */
function start(files: readonly Files[], host: Host, { changes }: Outcome): void {
  const changed = files.filter(file => file.changed.length + file.stale.length > 0)
  const running = changed.filter(({ service }) => host.isActive(service))
  const fresh = running.filter(file => file.changed.some(({ write }) => write.endsWith('.socket')))
  if (fresh.length > 0) changes.push(systemctl('stop', ...fresh.flatMap(({ units }) => units)))
  const again = running.filter(file => !fresh.includes(file)).map(({ service }) => service)
  if (again.length > 0) changes.push(systemctl('restart', ...again))
  const stopped = files.filter(file => fresh.includes(file) || !host.isActive(file.service))
  if (stopped.length > 0) changes.push(systemctl('start', ...stopped.flatMap(({ units }) => units)))
}

/** Takes away what `install` has made; what the daemon itself has kept only with `purge`. */
export function uninstallSystemd(names: readonly string[], host: Host, purge: boolean): Outcome {
  const services = names.map(name => unitOf(name, host))
  const units = services.flatMap(service => [...socketsOf(service, host), service])
  const others = installedNames(host).filter(name => !names.includes(name))
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

/** The unit of this name. Throws Misuse where none was installed. */
export function unitOf(name: string, host: Host): string {
  const unit = `sluice-${name}.service`
  const text = host.read(`${UNITS}/${unit}`)
  if (text !== undefined && isOurs(text)) return unit
  const names = installedNames(host)
  const nearest = nearestOf(name, names)
  const there = names.length === 0 ? 'there is none' : `there are ${names.join(', ')}`
  throw new Misuse(
    text === undefined
      ? `no service ${name} is installed; ${nearest ? `did you mean ${nearest}?` : there}`
      : `${UNITS}/${unit} was not written by sluice service; use systemctl`,
  )
}

/** Names of what `install` has made on this host. */
export function installedNames(host: Host): string[] {
  return host
    .list(UNITS)
    .flatMap(file => /^sluice-(.+)\.service$/.exec(file)?.[1] ?? [])
    .filter(name => isOurs(host.read(`${UNITS}/sluice-${name}.service`) ?? ''))
    .sort()
}

export function unitsOf(name: string, host: Host): string[] {
  const service = unitOf(name, host)
  return [...socketsOf(service, host), service]
}

function systemctl(...args: readonly string[]): { run: readonly string[] } {
  return { run: ['systemctl', ...args] }
}
