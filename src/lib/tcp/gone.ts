import { readFile } from 'node:fs/promises'

/** The two ports of a connection. */
interface Ports {
  localPort?: number | undefined
  remotePort?: number | undefined
}

/** A peer that has closed, as the kernel's tables have it (include/net/tcp_states.h). */
const CLOSE_WAIT = '08'

/**
 * Of connections that nobody reads, those whose peers have closed or reset them: node:net would hear of that by reading. None where
 * there is no /proc.
 */
export async function goneAmong<T extends Ports>(connections: readonly T[]): Promise<T[]> {
  if (process.platform !== 'linux' || connections.length === 0) return []
  const [tcp, tcp6] = await Promise.all(
    ['tcp', 'tcp6'].map(table => readFile(`/proc/self/net/${table}`, 'latin1').catch(() => '')),
  )
  if (tcp === '') return []
  const there = living(`${tcp}\n${tcp6}`)
  // A socket that was handed over may be of another network namespace, of whose connections nothing is known here.
  return connections.filter(
    ({ localPort = 0, remotePort = 0 }) =>
      there.has(keyOf(localPort, 0)) && !there.has(keyOf(localPort, remotePort)),
  )
}

/**
 * The ports of the connections in a table of the kernel (proc(5), /proc/PID/net/tcp) whose peers have not closed; a port that
 * is listened at has 0 at the other end. Ports alone: where peers with
 * several addresses use the same ones, it is enough that one of them is there.
 */
export function living(table: string): Set<string> {
  const there = new Set<string>()
  // "12: 0100007F:0201 0100007F:9C4A 01 …": slot, local and remote address and port in hexadecimal, state.
  for (const [, local, remote, state] of table.matchAll(
    /^ *\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:([0-9A-F]{4}) ([0-9A-F]{2}) /gm,
  )) {
    if (state !== CLOSE_WAIT) there.add(keyOf(Number.parseInt(local!, 16), Number.parseInt(remote!, 16)))
  }
  return there
}

function keyOf(localPort: number, remotePort: number): string {
  return `${localPort} ${remotePort}`
}
