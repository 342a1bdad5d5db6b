// The options of everything that speaks HTTP. What they lead to is in serve/, and is imported when somebody serves.
import { Misuse } from './errors.ts'
import { formatHostPort, type HostPort, isLoopback } from './host-port.ts'
import { checked, hostPort, type Option, path, repeatable, text, type Values } from './options.ts'
import { readToken } from './serve/credentials.ts'
import { isFromSystemd, type ListenAddress } from './systemd/listen-address.ts'
import type { TlsSettings } from './tls/files.ts'
import { checkTlsSettings, tlsOptions, tlsSettings } from './tls/options.ts'

/** The options of every HTTP face. */
export function httpOptions(defaultAddress: string) {
  return {
    http: hostPort(
      'Serve pages and requests here; systemd: at its socket',
      defaultAddress,
    ) as Option<ListenAddress>,
    httpTokenFile: path('Only who knows the token in this file may come in', 'secret'),
    httpName: repeatable(
      checked(text('A further name under which browsers find it', undefined, 'name'), checkName),
    ),
    ...tlsOptions,
  }
}

export type HttpOptions = Values<ReturnType<typeof httpOptions>>

/** Throws Misuse for options that do not go together, and for files that will not do; for a daemon's `check`. */
export function checkHttp(options: HttpOptions): void {
  const { http: address, httpTokenFile: tokenFile } = options
  checkFace({ flag: '--http', address, tokenFile, tls: tlsSettings(options, 'tls') })
}

/** Somewhere that HTTP is spoken, as the options say. */
export interface Face {
  /** The option that says where: `--http`. Its token is in the file of `--http-token-file`. */
  flag: string
  address: ListenAddress
  tokenFile: string | undefined
  tls: TlsSettings
}

/** Throws Misuse for what others could reach without showing who they are, and for files that will not do. */
export function checkFace(face: Face): void {
  const { flag, address, tokenFile, tls } = face
  checkTlsSettings(tls)
  // Where a socket of systemd listens is known when it is there.
  if (!isFromSystemd(address)) checkReach(face, address)
  if (tokenFile) readToken(`${flag}-token-file`, tokenFile)
}

/** Throws Misuse when more can reach this address than may come in. */
export function checkReach({ flag, tokenFile, tls }: Omit<Face, 'address'>, { host, port }: HostPort): void {
  if (isLoopback(host)) return
  const [token, cert, key] = [`${flag}-token-file`, `${tls.flags}-cert`, `${tls.flags}-key`]
  const where = `${flag} ${formatHostPort(host ?? '*', port)}`
  if (!tokenFile && !tls.clientCa)
    throw new Misuse(
      `${where}: everybody could come in; give ${token}, ${cert} and ${key} (or ${tls.flags}-client-ca in place of the token), or listen on 127.0.0.1:${port}`,
    )
  if (!tls.cert)
    throw new Misuse(
      `${where}: the token would cross the network in clear; give ${cert} and ${key}, or put a TLS proxy in front and listen on 127.0.0.1:${port}`,
    )
}

function checkName(name: string | undefined): void {
  if (name === undefined || /^[a-z\d_]([a-z\d_.-]*[a-z\d_])?$/i.test(name)) return
  throw new RangeError(
    `"${name}" is not the name of a host; write for example logs.example, without http:// and port`,
  )
}

/** Where the built page of this name is. */
export function pageFolder(name: string): URL {
  // From src/lib/ and, in a package, from dist/lib/ alike.
  return new URL(`../../dist/web/${name}/`, import.meta.url)
}
