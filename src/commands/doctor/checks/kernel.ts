import { formatBytes } from '../../../lib/units.ts'
import { type Finding, finder } from '../finding.ts'
import type { Host } from '../host.ts'
import { type Planned, stageName } from '../setup.ts'

// What the kernel queues before a daemon gets to it.

const found = finder('buffers')

/** Connections that a listener asks the kernel to queue. */
const BACKLOG = 511
/** Datagrams that a socket of the unix domain should queue: as many as systemd sets when it boots a host. */
const ENOUGH_DATAGRAMS = 512

export function checkKernel(all: readonly Planned[], host: Host): Finding[] {
  const findings = all.flatMap(one => one.stages.flatMap(stage => checkStage(one, stage, host)))
  const { somaxconn } = host.kernel
  const listens = all.some(({ stages }) => stages.some(({ own }) => 'maxConnections' in own || 'http' in own))
  if (listens && somaxconn !== undefined && somaxconn < BACKLOG)
    findings.push(
      found(
        'warning',
        'this host',
        `the kernel queues ${somaxconn} connections of the ${BACKLOG} that daemons ask for; more at once are turned away`,
        sysctl('net.core.somaxconn', 4096),
      ),
    )
  if (findings.length > 0) return findings
  return [found('well', 'this host', 'the kernel queues what the daemons ask for')]
}

function checkStage(one: Planned, stage: Planned['stages'][number], { kernel, sockets }: Host): Finding[] {
  const about = stageName(one, stage)
  const findings: Finding[] = []
  const { receiveBuffer: wanted, listen, datagram } = stage.own as { [key: string]: unknown }
  if (typeof wanted === 'number') {
    const { rmemMax } = kernel
    if (rmemMax !== undefined && wanted > rmemMax)
      findings.push(
        found(
          'warning',
          about,
          `of --receive-buffer ${formatBytes(wanted)} the kernel gives ${formatBytes(rmemMax)}: the rest of a burst is dropped`,
          sysctl('net.core.rmem_max', wanted),
        ),
      )
    const ports = Array.isArray(listen) ? listen.map(({ port }) => port) : []
    const own = sockets.filter(
      ({ protocol, port, owner }) =>
        protocol === 'udp' && ports.includes(port) && owner?.pid === one.setup.pid,
    )
    const drops = one.setup.pid === undefined ? 0 : own.reduce((sum, socket) => sum + socket.drops, 0)
    if (drops > 0)
      findings.push(
        found(
          'warning',
          about,
          `the kernel has dropped ${drops} datagrams since it was started, because its receive buffer was full`,
          `--receive-buffer ${formatBytes(2 * wanted)} and ${sysctl('net.core.rmem_max', 2 * wanted)}`,
        ),
      )
  }
  const { datagramQueue } = kernel
  if (Array.isArray(datagram) && datagramQueue !== undefined && datagramQueue < ENOUGH_DATAGRAMS)
    findings.push(
      found(
        'warning',
        about,
        `the kernel queues ${datagramQueue} datagrams at a socket, then programs that log have to wait`,
        sysctl('net.unix.max_dgram_qlen', ENOUGH_DATAGRAMS),
      ),
    )
  return findings
}

/** Now, and after the next start of the host. */
function sysctl(key: string, value: number): string {
  return `echo '${key} = ${value}' | sudo tee /etc/sysctl.d/60-sluice-${key.split('.').at(-1)}.conf && sudo sysctl --system`
}
