import { matcher } from '../../lib/wildcards.ts'

/** The host itself, and what containers, virtual machines and tunnels make by the dozen: most of it passes another one as well. */
const NOISE = matcher([
  ...[
    'lo',
    'veth*',
    'vnet*',
    'tap*',
    'docker*',
    'br-*',
    'virbr*',
    'lxc*',
    'lxdbr*',
    'podman*',
    'cni*',
    'cali*',
  ],
  ...['flannel*', 'cilium*', 'fwbr*', 'fwpr*', 'fwln*', 'ifb*', 'dummy*', 'sit*', 'tunl*', 'ip6tnl*', 'gre*'],
  ...['gretap*', 'erspan*', 'ip_vti*', 'ip6_vti*', 'ip6gre*', 'teql*', 'nlmon*'],
])

export function isUsualInterface(name: string): boolean {
  return !NOISE(name)
}

export interface InterfaceCounters {
  bytes_recv: number
  bytes_sent: number
  packets_recv: number
  packets_sent: number
  err_in: number
  err_out: number
  drop_in: number
  drop_out: number
}

/** Interfaces of this network namespace by name, of /proc/self/net/dev (proc_pid_net(5)). */
export function parseInterfaces(dev: string): Map<string, InterfaceCounters> {
  return new Map(
    dev.split('\n').flatMap(line => {
      // A name may have a colon in it (an alias), and a number may stand right behind the last one.
      const [, name, rest] = /^\s*(\S+):\s*(\d[\d\s]*)$/.exec(line) ?? []
      if (name === undefined) return []
      const n = rest!.trim().split(/\s+/).map(Number)
      const counters = {
        bytes_recv: n[0]!,
        bytes_sent: n[8]!,
        packets_recv: n[1]!,
        packets_sent: n[9]!,
        err_in: n[2]!,
        err_out: n[10]!,
        drop_in: n[3]!,
        drop_out: n[11]!,
      }
      return n.length < 16 ? [] : [[name, counters] as const]
    }),
  )
}
