import { Misuse } from '../errors.ts'
import type { HostPort } from '../host-port.ts'
import { checkReach, type Face } from '../serve.ts'
import { type FromSystemd, isFromSystemd } from '../systemd/listen-address.ts'
import type { HandedSockets } from '../systemd/sockets.ts'
import type { Certificates, Owner } from '../tls/certificates.ts'
import type { Admin } from './admin.ts'
import type { AdminGuard } from './http.ts'

interface Opening extends Owner {
  sockets: HandedSockets
}

/**
 * Opens the admin face at an address, or at the sockets of systemd, with TLS and a token where the options say so. Returns their
 * URLs. Throws Fatal when the address is taken. Late: most have none, and what TLS and tokens need is not small.
 */
export async function openAdminFace(admin: Admin, face: Face, owner: Opening): Promise<string[]> {
  const { address, tokenFile, tls } = face
  const certificates = tls.cert
    ? (await import('../tls/certificates.ts')).Certificates.open(tls, owner)
    : undefined
  const token = tokenFile
    ? new (await import('../serve/token.ts')).Token('--admin-token-file', tokenFile)
    : undefined
  if (token) (await import('../serve/reread.ts')).keepFresh(token, owner)
  const guard = { token, isSecure: certificates !== undefined }
  if (isFromSystemd(address)) return listenOnHanded(admin, face, address, owner.sockets, guard, certificates)
  return [await admin.listenTcp(address, guard, certificates)]
}

/**
 * The rights of a file are all that keeps others from a socket of the unix domain, and by default systemd gives it to everybody
 * (systemd.socket(5), SocketMode=). Throws Misuse that says how to mend it.
 */
async function refuseOpen(address: string, name: string): Promise<void> {
  const { stat } = await import('node:fs/promises')
  const fail = (why: string, how: string) =>
    new Misuse(`--admin: the socket ${name} (${address}) ${why}; ${how}, or give --admin-token-file`)
  if (address.startsWith('@'))
    throw fail('has no file, so every user of this host may connect', 'write ListenStream= with a path')
  const there = await stat(address).catch(() => undefined)
  if (!there)
    throw fail(
      'is not to be seen from here, and so not who may connect',
      `write BindReadOnlyPaths=${address}`,
    )
  if (there.mode & 0o002)
    throw fail('is open to every user of this host', 'write SocketMode=0660 into its .socket unit')
}

async function listenOnHanded(
  admin: Admin,
  face: Face,
  address: FromSystemd,
  sockets: HandedSockets,
  guard: AdminGuard,
  certificates: Certificates | undefined,
): Promise<string[]> {
  const wanting = { flag: '--admin', kinds: ['TCP', 'unix stream'], instead: '127.0.0.1:9600' } as const
  const taken = await sockets.take(address, wanting)
  const places = taken.map(({ host, port }) =>
    host === undefined ? undefined : ({ host, port } as HostPort),
  )
  for (const place of places) if (place) checkReach(face, place)
  if (!guard.token)
    for (const { kind, address, name } of taken) if (kind !== 'TCP') await refuseOpen(address, name)
  for (const [n, { fd }] of taken.entries()) {
    if (places[n]) await admin.listenOn(fd, guard, certificates)
    else if (!guard.token) await admin.listenOn(fd)
    else await admin.listenOn(fd, { token: guard.token, isSecure: false })
  }
  const scheme = certificates ? 'https' : 'http'
  return taken.map(({ kind, address }) => (kind === 'TCP' ? `${scheme}://${address}` : `unix:${address}`))
}
