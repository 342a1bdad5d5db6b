import { readdir, readFile, readlink } from 'node:fs/promises'
import type { Logger } from 'pino'
import { atMostEvery } from '../../lib/index.ts'

const LOOK_EVERY = 5_000
const WARN_EVERY = 60_000

/**
 * Tells of datagrams that the kernel dropped on our own sockets, because they came faster than they were read.
 * No other trace of them exists. Returns the function that looks a last time and ends it.
 */
export function watchKernelDrops(
  ports: readonly number[],
  dropped: (datagrams: number) => void,
  log: Logger,
): () => Promise<void> {
  const mayWarn = atMostEvery(WARN_EVERY)
  let before = 0
  let unwarned = 0

  async function look(): Promise<void> {
    const total = await readDrops(ports)
    if (total > before) {
      dropped(total - before)
      unwarned += total - before
      before = total
    }
    if (unwarned > 0 && mayWarn()) {
      log.warn(
        { dropped: unwarned, total },
        'the kernel dropped datagrams: the receive buffer was full; raise --receive-buffer, with net.core.rmem_max at least as high',
      )
      unwarned = 0
    }
  }

  const quietly = () =>
    look().catch(error => log.debug({ err: error }, 'cannot read the drops of the kernel'))
  const timer = setInterval(quietly, LOOK_EVERY)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await quietly()
  }
}

/** Datagrams dropped so far on this process's sockets at these ports. 0 where there is no /proc. */
async function readDrops(ports: readonly number[]): Promise<number> {
  if (process.platform !== 'linux') return 0
  const [own, udp, udp6] = await Promise.all([
    ownSockets(),
    readTable('/proc/net/udp'),
    readTable('/proc/net/udp6'),
  ])
  return parseDrops(`${udp}\n${udp6}`)
    .filter(({ port, inode }) => ports.includes(port) && own.has(inode))
    .reduce((sum, { drops }) => sum + drops, 0)
}

/** Inodes of the sockets of this process: node:dgram does not show its descriptor. */
async function ownSockets(): Promise<Set<string>> {
  const links = await Promise.all(
    (await readdir('/proc/self/fd')).map(fd => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  )
  return new Set(links.flatMap(link => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []))
}

function readTable(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}

/** The rows of /proc/net/udp: local port, inode, and drops, its last column (proc(5)). */
export function parseDrops(table: string): { port: number; inode: string; drops: number }[] {
  return table.split('\n').flatMap(line => {
    const columns = line.trim().split(/\s+/)
    // "12: 0100007F:158A 00000000:0000 07 …": slot, local address and port in hexadecimal, …
    const port = /^[0-9A-F]+:([0-9A-F]{4})$/.exec(columns[1] ?? '')?.[1]
    if (port === undefined || columns.length < 13) return []
    return [{ port: Number.parseInt(port, 16), inode: columns[9]!, drops: Number(columns[12]) }]
  })
}
