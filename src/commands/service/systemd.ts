import { Misuse } from '../../lib/errors.ts'
import type { Service } from '../../lib/service/service.ts'
import { SYSUSERS, TMPFILES } from '../../lib/service/shipped.ts'
import { renderSocket, renderUnit } from '../../lib/service/unit.ts'
import type { Change } from './changes.ts'
import { generateUnit } from './generate.ts'
import type { Host } from './host.ts'
import { isOurs, socketsOf, systemctl, UNITS } from './installed.ts'

/** What the services of a host have in common. */
export const SHARED = [
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
  const gone = files.flatMap(file => file.stale.filter(() => now || !isOpen(file, host)))
  const units = files.flatMap(({ units }) => units)
  const isNew = written.length + gone.length > 0
  const disabled = units.filter(unit => !host.isEnabled(unit))
  const outcome: Outcome = {
    changes: [
      ...shared(host),
      ...withdrawn(files, host, now),
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

/**
 * Takes away sockets of an earlier time. To close one stops its service as well, which requires it: so where nothing may be
 * stopped, those that are in use only do not come back at the next boot, and their files are for the next `install`.
 */
function withdrawn(files: readonly Files[], host: Host, now: boolean): Change[] {
  const kept = now ? [] : files.filter(file => isOpen(file, host)).flatMap(({ stale }) => stale)
  const gone = files.flatMap(({ stale }) => stale).filter(unit => !kept.includes(unit))
  const enabled = kept.filter(unit => host.isEnabled(unit))
  return [
    ...(enabled.length > 0 ? [systemctl('disable', '--quiet', ...enabled)] : []),
    ...(gone.length > 0 ? [systemctl('disable', '--now', '--quiet', ...gone)] : []),
    ...gone.map(unit => ({ remove: `${UNITS}/${unit}` })),
  ]
}

/** The service runs, or one of its sockets would start it. */
function isOpen({ units, stale }: Files, host: Host): boolean {
  return [...units, ...stale].some(unit => host.isActive(unit))
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

function shared(host: Host): Change[] {
  return SHARED.flatMap(({ write, text, run }) =>
    host.read(write) === text ? [] : [{ write, text, mode: MODE }, { run: [...run.split(' '), write] }],
  )
}

/** Says what is still to be done where nothing is started. */
function settle(file: Files, host: Host, now: boolean, { notes }: Outcome): void {
  const { name, service, changed, stale } = file
  if (now) return
  const isChanged = changed.length + stale.length > 0
  if (isChanged && isOpen(file, host)) {
    const how = hasOtherSockets(file) ? `stop ${name} && sluice service start ${name}` : `restart ${name}`
    notes.push(`${name} still runs as it was before; type: sluice service ${how}`)
  } else if (!host.isActive(service)) notes.push(`${name} is not started; type: sluice service start ${name}`)
}

function hasOtherSockets({ changed, stale }: Files): boolean {
  return stale.length > 0 || changed.some(({ write }) => write.endsWith('.socket'))
}

/** systemd starts them in their order. A socket that has changed is opened anew, which takes its service to be stopped. */
function start(files: readonly Files[], host: Host, { changes }: Outcome): void {
  const changed = files.filter(file => file.changed.length + file.stale.length > 0)
  // A socket may be open while its service waits for the first message.
  const fresh = changed.filter(file => hasOtherSockets(file) && isOpen(file, host))
  if (fresh.length > 0) changes.push(systemctl('stop', ...fresh.flatMap(({ units }) => units)))
  const running = changed.filter(({ service }) => host.isActive(service))
  const again = running.filter(file => !fresh.includes(file)).map(({ service }) => service)
  if (again.length > 0) changes.push(systemctl('restart', ...again))
  const stopped = files.filter(file => fresh.includes(file) || !host.isActive(file.service))
  if (stopped.length > 0) changes.push(systemctl('start', ...stopped.flatMap(({ units }) => units)))
}
