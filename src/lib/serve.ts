// The options of everything that speaks HTTP. What they lead to is in serve/, and is imported when somebody serves.
import { Misuse } from './errors.ts'
import { formatHostPort, type HostPort, isLoopback } from './host-port.ts'
import { checked, hostPort, type Option, path, repeatable, text, type Values } from './options.ts'
import { readToken } from './serve/credentials.ts'
import { isFromSystemd, type ListenAddress } from './systemd/listen-address.ts'
import { checkTlsFiles, type TlsPaths } from './tls/files.ts'

/** The options of every HTTP face. */
export function httpOptions(defaultAddress: string) {
  return {
    http: hostPort(
      'Serve pages and requests here; systemd: at its socket',
      defaultAddress,
    ) as Option<ListenAddress>,
    httpTokenFile: path('Only who knows the token in this file may come in', 'secret'),
    httpCert: path('Speak TLS with this certificate (PEM)'),
    httpKey: path('The key of that certificate (PEM)', 'secret'),
    httpClientCa: path('Only who has a certificate of this authority (PEM) may come in; needs TLS'),
    httpClientName: repeatable(
      text('Of those, only who is called so; *.example.com is all of a domain', undefined, 'name'),
    ),
    httpName: repeatable(
      checked(text('A further name under which browsers find it', undefined, 'name'), checkName),
    ),
  }
}

export type HttpOptions = Values<ReturnType<typeof httpOptions>>

/** Throws Misuse for options that do not go together, and for files that will not do; for a daemon's `check`. */
export function checkHttp(options: HttpOptions): void {
  const { http, httpTokenFile, httpClientCa } = options
  if (options.httpClientName.length > 0 && !httpClientCa)
    throw new Misuse('--http-client-name: names are known from certificates; give --http-client-ca as well')
  checkTlsFiles(httpPaths(options), '--http')
  // Where a socket of systemd listens is known when it is there.
  if (!isFromSystemd(http)) checkReach(options, http)
  if (httpTokenFile) readToken(httpTokenFile)
}

/** Throws Misuse when more can reach this address than may come in. */
export function checkReach(
  { httpTokenFile, httpCert, httpClientCa }: HttpOptions,
  { host, port }: HostPort,
): void {
  if (isLoopback(host)) return
  const address = `--http ${formatHostPort(host ?? '*', port)}`
  if (!httpTokenFile && !httpClientCa)
    throw new Misuse(
      `${address}: everybody could come in; give --http-token-file, --http-cert and --http-key (or --http-client-ca in place of the token), or listen on 127.0.0.1:${port}`,
    )
  if (!httpCert)
    throw new Misuse(
      `${address}: the token would cross the network in clear; give --http-cert and --http-key, or put a TLS proxy in front and listen on 127.0.0.1:${port}`,
    )
}

export function httpPaths({ httpCert, httpKey, httpClientCa }: HttpOptions): TlsPaths {
  return { cert: httpCert, key: httpKey, clientCa: httpClientCa }
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
