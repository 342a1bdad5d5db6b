import { readdir, readFile, readlink } from 'node:fs/promises'

/** A row of the kernel's table of UDP sockets (proc(5), /proc/PID/net/udp). */
export interface Row {
  port: number
  inode: string
  /** Datagrams that it dropped because the receive buffer was full. */
  drops: number
}

/** All UDP sockets of this network namespace. Empty where there is no /proc. */
export async function udpSockets(): Promise<Row[]> {
  if (process.platform !== 'linux') return []
  // It is there where ProcSubset=pid of systemd.exec(5) has taken /proc/net away.
  const read = (table: string) => readFile(`/proc/self/net/${table}`, 'utf8').catch(() => '')
  const [udp, udp6] = await Promise.all([read('udp'), read('udp6')])
  return parseRows(`${udp}\n${udp6}`)
}

export function parseRows(table: string): Row[] {
  return table.split('\n').flatMap(line => {
    const columns = line.trim().split(/\s+/)
    // "12: 0100007F:158A 00000000:0000 07 …": slot, local address and port in hexadecimal, …, drops the last one.
    const port = /^[0-9A-F]+:([0-9A-F]{4})$/.exec(columns[1] ?? '')?.[1]
    if (port === undefined || columns.length < 13) return []
    return [{ port: Number.parseInt(port, 16), inode: columns[9]!, drops: Number(columns[12]) }]
  })
}

/** A socket of this process: node:dgram does not show its descriptor. */
export interface OwnSocket {
  inode: string
  fd: number
}

/**
 * The UDP socket of this process at a port. Undefined where there is no /proc.
 * @param others inodes of those that are known already: several may share a port
 */
export async function findOwnSocket(
  port: number,
  others: readonly (string | undefined)[],
): Promise<OwnSocket | undefined> {
  const [rows, own] = await Promise.all([udpSockets(), ownSockets()])
  const found = rows.find(row => row.port === port && own.has(row.inode) && !others.includes(row.inode))
  return found && { inode: found.inode, fd: own.get(found.inode)! }
}

/** Descriptors of the sockets of this process by inode. */
async function ownSockets(): Promise<Map<string, number>> {
  const folder = '/proc/self/fd'
  const descriptors = await readdir(folder).catch(() => [])
  const links = await Promise.all(
    descriptors.map(async fd => [await readlink(`${folder}/${fd}`).catch(() => ''), Number(fd)] as const),
  )
  return new Map(
    links.flatMap(([link, fd]) => {
      const inode = /^socket:\[(\d+)\]$/.exec(link)?.[1]
      return inode === undefined ? [] : [[inode, fd]]
    }),
  )
}
