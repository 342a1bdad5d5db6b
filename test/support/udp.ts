import { createSocket } from 'node:dgram'
import { once } from 'node:events'

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
