// The options of everything that speaks HTTP. What they lead to is in serve/, and is imported when somebody serves.
import { Misuse } from './errors.ts'
import { formatHostPort, type HostPort, isLoopback } from './host-port.ts'
import { checked, flag, hostPort, type Option, path, repeatable, text, type Values } from './options.ts'
import { readAccountTokens, readToken } from './serve/credentials.ts'
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
    httpInsecure: flag('Other hosts may ask without TLS: what is in front of it speaks that'),
  }
}

export type HttpOptions = Values<ReturnType<typeof httpOptions>>

/** Of a face that pages of others may ask. */
export const allowOriginOption = repeatable(
  checked(
    text('Pages of this origin may ask it, as in https://shop.example; *: all', undefined, 'origin'),
    checkOrigin,
  ),
)

/** Of a face that shows each account what is its own. */
export const accountTokensOption = path(
  'File of lines TOKEN ACCOUNT: who knows the token sees that account alone',
  'secret',
)

export interface ServeOptions extends HttpOptions {
  readonly allowOrigin?: readonly string[]
  readonly accountTokens?: string | undefined
}

/** Throws Misuse for options that do not go together, and for files that will not do; for a daemon's `check`. */
export function checkHttp(options: ServeOptions): void {
  checkFace(faceOf(options, false))
}

/** The same of a face that everybody is meant to ask. */
export function checkPublicHttp(options: ServeOptions): void {
  checkFace(faceOf(options, true))
}

export function faceOf(options: ServeOptions, isPublic: boolean): Face {
  const { http: address, httpTokenFile: tokenFile, accountTokens, httpInsecure: isInsecure } = options
  const tls = tlsSettings(options, 'tls')
  return { flag: '--http', address, tokenFile, accountTokens, tls, isInsecure, isPublic }
}

/** Somewhere that HTTP is spoken, as the options say. */
export interface Face {
  /** The option that says where: `--http`. Its token is in the file of `--http-token-file`. */
  flag: string
  address: ListenAddress
  tokenFile: string | undefined
  /** The file of `--account-tokens`. */
  accountTokens?: string | undefined
  tls: TlsSettings
  /** Others may ask without TLS; undefined where there is no option for that. */
  isInsecure?: boolean
  /** Everybody is meant to come in. */
  isPublic?: boolean
}

/** Throws Misuse for what others could reach without showing who they are, and for files that will not do. */
export function checkFace(face: Face): void {
  const { flag, address, tokenFile, accountTokens, tls } = face
  checkTlsSettings(tls)
  // Where a socket of systemd listens is known when it is there.
  if (!isFromSystemd(address)) checkReach(face, address)
  const token = tokenFile && readToken(`${flag}-token-file`, tokenFile)
  const accounts = accountTokens ? readAccountTokens('--account-tokens', accountTokens) : []
  const both = accounts.find(one => one.token === token)
  if (both)
    throw new Misuse(
      `--account-tokens ${accountTokens}: the token of ${both.account} is that of ${flag}-token-file, which opens everything; give the account one of its own`,
    )
}

/** Throws Misuse when more can reach this address than may come in. */
export function checkReach(face: Omit<Face, 'address'>, { host, port }: HostPort): void {
  const { flag, tokenFile, accountTokens, tls, isInsecure, isPublic } = face
  if (isLoopback(host)) return
  const [token, cert, key] = [`${flag}-token-file`, `${tls.flags}-cert`, `${tls.flags}-key`]
  const where = `${flag} ${formatHostPort(host ?? '*', port)}`
  if (!isPublic && !tokenFile && !accountTokens && !tls.clientCa)
    throw new Misuse(
      `${where}: everybody could come in; give ${isInsecure ? token : `${token}, ${cert} and ${key} (or ${tls.flags}-client-ca in place of the token)`}, or listen on 127.0.0.1:${port}`,
    )
  if (!tls.cert && !isInsecure)
    throw new Misuse(
      `${where}: ${isPublic ? 'what people send' : 'the token'} would cross the network in clear; give ${cert} and ${key}, or put a TLS proxy in front and listen on 127.0.0.1:${port}${isInsecure === undefined ? '' : `, or say ${flag}-insecure where that proxy is on another host`}`,
    )
}

function checkOrigin(origin: string | undefined): void {
  // `null` is what those say who do not tell their origin: pages in a sandbox, and some under Referrer-Policy: no-referrer.
  if (origin === undefined || origin === '*' || origin === 'null') return
  // No page is at such a one: it would let nobody in, without a word.
  if (origin.includes('*'))
    throw new RangeError(
      `"${origin}": a star by itself is all origins; else name each, as in https://shop.example`,
    )
  if (URL.parse(origin)?.origin === origin.toLowerCase() && /^https?:/i.test(origin)) return
  throw new RangeError(`"${origin}" is no origin; write for example https://shop.example, without a path`)
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
