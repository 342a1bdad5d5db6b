import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'

/** Sends datagrams from one socket, each after the one before has left. Returns the port that they came from. */
export async function sendDatagrams(
  port: number,
  payloads: readonly (string | Buffer)[],
  host = '127.0.0.1',
) {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  socket.connect(port, host)
  await once(socket, 'connect')
  const from = socket.address().port
  for (const payload of payloads) {
    await new Promise<void>((resolve, reject) =>
      socket.send(payload, error => (error ? reject(error) : resolve())),
    )
  }
  socket.close()
  return [from] as const
}

/**
 * Lets a test have the receive buffer that it needs to lose nothing: half a second of 20,000 datagrams of 180
 * bytes is 8 MiB. Where the limit is lower it takes root to raise it; without, the kernel's own is used.
 */
export async function raiseReceiveBuffer(): Promise<void> {
  const limit = '/proc/sys/net/core/rmem_max'
  const wanted = 8 * 1024 * 1024
  if (Number(readFileSync(limit, 'utf8')) >= wanted) return
  try {
    writeFileSync(limit, String(wanted))
  } catch {}
}
