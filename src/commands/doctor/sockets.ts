/** A socket that takes connections or datagrams (proc(5), /proc/net/tcp and its sisters). */
export interface ListeningSocket {
  protocol: 'tcp' | 'udp'
  /** `127.0.0.1`, `::1`; `0.0.0.0` and `::` are all addresses. */
  host: string
  port: number
  inode: string
  /** Datagrams that the kernel dropped because its buffer was full. */
  drops: number
}

const LISTEN = '0A'

/** Reads a table: of tcp those that listen, of udp all that are bound. */
export function parseSockets(protocol: 'tcp' | 'udp', table: string): ListeningSocket[] {
  return table.split('\n').flatMap(line => {
    const columns = line.trim().split(/\s+/)
    const [, address, port] = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(columns[1] ?? '') ?? []
    if (address === undefined || (protocol === 'tcp' && columns[3] !== LISTEN)) return []
    const drops = protocol === 'udp' ? Number(columns[12] ?? 0) : 0
    return [
      {
        protocol,
        host: hostOf(address),
        port: Number.parseInt(port!, 16),
        inode: columns[9] ?? '',
        drops: Number.isFinite(drops) ? drops : 0,
      },
    ]
  })
}

/** Words of 32 bits, each in the order of the machine, which is the little one wherever Sluice runs. */
function hostOf(hex: string): string {
  const bytes = Buffer.from(hex, 'hex')
  for (let at = 0; at < bytes.length; at += 4) bytes.subarray(at, at + 4).reverse()
  if (bytes.length === 4) return bytes.join('.')
  const isMapped = bytes.subarray(0, 12).equals(Buffer.from('00000000000000000000ffff', 'hex'))
  if (isMapped) return bytes.subarray(12).join('.')
  const groups = Array.from({ length: 8 }, (_, n) => bytes.readUInt16BE(2 * n).toString(16))
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

/** Whether two sockets of a protocol at these hosts are in each other's way, at the same port. */
export function overlap(one: string, other: string): boolean {
  return one === other || isAll(one) || isAll(other)
}

function isAll(host: string): boolean {
  return host === '0.0.0.0' || host === '::' || host === '*'
}
