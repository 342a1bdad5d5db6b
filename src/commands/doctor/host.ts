import type { ListeningSocket } from './sockets.ts'

/** What was gathered of this host. What could not be read is undefined. */
export interface Host {
  /** Epoch milliseconds. */
  now: number
  kernel: {
    /** net.core.rmem_max, bytes. */
    rmemMax?: number | undefined
    /** net.core.somaxconn. */
    somaxconn?: number | undefined
    /** net.unix.max_dgram_qlen. */
    datagramQueue?: number | undefined
    /** net.ipv4.ip_unprivileged_port_start. */
    firstFreePort?: number | undefined
  }
  clock: { isSynchronised?: boolean | undefined; zone: string }
  sockets: readonly (ListeningSocket & { owner?: { pid: number; program: string } })[]
  /** Addresses and names that lead to this host itself. */
  own: ReadonlySet<string>
}
