import type { Daemon } from '../daemon.ts'
import { EMPTY_FOLDER, LINK_FOLDER, LINK_GROUP, type Rights } from './rights.ts'
import { type Program, type Service, serviceFor } from './service.ts'
import { renderSocket, renderUnit, type Unit } from './unit.ts'

// What comes with the package in systemd/.

export interface ShippedFile {
  path: string
  text: string
}

/** Found by name: with the suite in /opt/sluice, /usr/local or /usr. */
const PATH = '/opt/sluice/bin:/usr/local/bin:/usr/bin:/bin'

const program: Program = {
  command: word => ['/usr/bin/env', `sluice-${word}`],
  environment: [['PATH', PATH]],
  home: ['-/opt/sluice'],
}

/** A unit as it comes, where it does not depend on a host. */
export function shippedService(name: string, daemon: Daemon): Service {
  const comment = [
    `Made of the daemon by scripts/derive.ts; docs/services.md explains the lines. Flags of yours stand in`,
    `/etc/sluice/${name}.conf, rights in what "systemctl edit sluice-${name}" makes.`,
  ]
  return serviceFor({ word: name, kind: name, name, daemon, given: new Map(), program, comment })
}

export function shippedFiles(daemons: readonly { name: string; daemon: Daemon }[]): ShippedFile[] {
  const services = daemons.flatMap(({ name, daemon }) => {
    const { unit, sockets } = shippedService(name, daemon)
    return [
      { path: `${unit.name}.service`, text: renderUnit(unit) },
      ...sockets.map(socket => ({ path: `${socket.name}.socket`, text: renderSocket(socket) })),
    ]
  })
  return [
    ...services,
    { path: 'sluice@.service', text: renderUnit(chainUnit()) },
    { path: 'sysusers.d/sluice.conf', text: SYSUSERS },
    { path: 'tmpfiles.d/sluice.conf', text: TMPFILES },
  ]
}

export const SYSUSERS = `# Who may use the links between services of this host.
g ${LINK_GROUP} -
`

export const TMPFILES = `# The links between services of this host. What is made in it belongs to the group.
d ${LINK_FOLDER} 2770 root ${LINK_GROUP}
# What services have as their root.
d ${EMPTY_FOLDER} 0555 root root
# Made by systemd for the first service, it would belong to that one's user (252). An older one stays as it is.
d /etc/sluice - - -
`

/** What anybody's chain may need: any network, and the host to read. */
const WIDE: Rights = {
  ...{
    peers: 'anybody',
    ports: [0],
    names: true,
    interfaces: true,
    reads: [],
    links: [],
    writes: [LINK_FOLDER],
  },
  ...{ groups: [LINK_GROUP], programs: true, kernel: true, users: false, host: false },
}

export function chainUnit(): Unit {
  return {
    name: 'sluice-%i',
    comment: [
      'A chain of yours in one process: systemctl enable --now sluice@NAME runs what /etc/sluice/NAME.conf says.',
      'It may open any port from 1024 on, connect to anybody and read what everybody may; docs/services.md explains the lines.',
    ],
    description: 'Sluice: the chain %i',
    command: ['/usr/bin/env', 'sluice', 'run', '--name', '%i', '--config', '/etc/sluice/%i.conf'],
    environment: [['PATH', PATH]],
    ...{ sockets: [], after: [], credentials: [], home: [], buffer: 64 * 2 ** 20 },
    rights: WIDE,
  }
}
