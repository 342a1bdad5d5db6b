import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Context } from '../daemon.ts'
import { formatHostPort, type HostPort } from '../host-port.ts'
import { cannotListen } from '../listening.ts'
import { checkReach, faceOf, type ServeOptions } from '../serve.ts'
import { type FromSystemd, isFromSystemd } from '../systemd/listen-address.ts'
import { MANY_CONNECTIONS } from '../systemd/sockets.ts'

/** Listens at --http, or at what systemd hands over. Returns the URL. Throws Fatal for an address that is taken. */
export async function listen(
  server: Server,
  options: ServeOptions,
  sockets: Context['sockets'],
  isPublic: boolean,
): Promise<string> {
  if (isFromSystemd(options.http)) await listenOnHanded(server, options, options.http, sockets, isPublic)
  else await listenAt(server, options.http)
  return urlOf(server, options)
}

async function listenOnHanded(
  server: Server,
  options: ServeOptions,
  address: FromSystemd,
  sockets: Context['sockets'],
  isPublic: boolean,
): Promise<void> {
  const one = { flag: '--http', kinds: ['TCP'], instead: '127.0.0.1:8514' } as const
  const { fd, host, port } = await sockets.takeOne(address, one)
  checkReach(faceOf(options, isPublic), { host: host!, port: port! })
  server.listen({ fd, backlog: MANY_CONNECTIONS })
  await once(server, 'listening')
}

async function listenAt(server: Server, http: HostPort): Promise<void> {
  try {
    server.listen(http.port, http.host)
    await once(server, 'listening')
  } catch (error) {
    throw cannotListen(http, error, '--http')
  }
}

function urlOf(server: Server, { http, tlsCert }: ServeOptions): string {
  const host = isFromSystemd(http) ? undefined : http.host
  const { address, port } = server.address() as AddressInfo
  return `${tlsCert ? 'https' : 'http'}://${formatHostPort(host ?? address, port)}`
}
