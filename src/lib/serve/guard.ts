import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { formatHostPort, isLoopback } from '../host-port.ts'
import type { Origins } from './origins.ts'

/** What a request is judged by, before anything else looks at it. */
export interface Asked {
  method?: string | undefined
  headers: IncomingMessage['headers']
  /** The address of this host that the client connected to. */
  localAddress?: string | undefined
  encrypted: boolean
  /** It brings a token that will be looked at. */
  bringsToken: boolean
}

/** Who may ask. */
export interface Welcome {
  /** Names of this host, lower case. */
  names: ReadonlySet<string>
  /** Pages of others that may ask. */
  origins?: Origins | undefined
  /** Everybody may, under any name, and any page may show a picture of it: it is made for the pages of others. */
  isPublic?: boolean | undefined
}

export interface Refusal {
  status: 403 | 421
  code: 'forbidden' | 'wrong-host'
  message: string
}

/** Says why a request may not come in; undefined where it may. */
export type Guard = (request: IncomingMessage) => Refusal | undefined

/** @param foreign told of each request that is refused because a page of this origin sent it */
export function createGuard(
  welcome: Welcome,
  wantsToken: boolean,
  foreign?: (origin: string) => void,
): Guard {
  return request => {
    const refusal = refusalOf(askedOf(request, wantsToken), welcome)
    const { origin } = request.headers
    if (refusal?.status === 403 && origin !== undefined) foreign?.(origin)
    return refusal
  }
}

export function askedOf({ method, headers, socket }: IncomingMessage, wantsToken: boolean): Asked {
  const bringsToken = wantsToken && tokenIn(headers) !== undefined
  return { method, headers, localAddress: socket.localAddress, encrypted: isEncrypted(socket), bringsToken }
}

/** What programs bring. A proxy in front may have credentials of its own there, of another scheme. */
export function tokenIn({ authorization }: IncomingMessage['headers']): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]
}

export function isEncrypted(socket: Socket): boolean {
  return (socket as TLSSocket).encrypted === true
}

/**
 * Keeps out what other people's pages make a browser send: by a name of theirs that leads to this address (DNS
 * rebinding), or from their own origin.
 */
export function refusalOf(asked: Asked, { names, origins, isPublic }: Welcome): Refusal | undefined {
  const { headers } = asked
  const host = partsOf(headers.host ?? '')
  // A program may know us by any name. Nobody's page knows the token, whatever name it came by.
  if (!isPublic && !asked.bringsToken && (!host || !isOwnHost(host.name, asked.localAddress, names))) {
    // Quoted for people; it is only ever sent as JSON.
    const message = `this is not the host "${headers.host ?? ''}"; if it is, start it with --http-name and that name`
    return { status: 421, code: 'wrong-host', message }
  }
  if (origins?.allows(headers.origin) || (isPublic && headers.origin === undefined)) return undefined
  return refusalOfPage(asked, names)
}

/** What the page of somebody else asks for. */
export function refusalOfPage(asked: Asked, names: ReadonlySet<string>): Refusal | undefined {
  const { headers } = asked
  if (headers.origin !== undefined && !isOwnOrigin(headers.origin, asked, names))
    return { status: 403, code: 'forbidden', message: 'requests from pages of other origins are refused' }
  if (isFromElsewhere(asked))
    return { status: 403, code: 'forbidden', message: 'requests from pages of other sites are refused' }
  return undefined
}

interface HostParts {
  name: string
  port?: string | undefined
}

function partsOf(host: string): HostParts | undefined {
  const [, name, port] = /^(\[[\da-f:.]+\]|[^:[\]\s/@]+)(?::(\d{1,5}))?$/i.exec(host) ?? []
  return name === undefined ? undefined : { name: name.toLowerCase(), port }
}

/** A name that was told to us, or the very address that was connected to: those no stranger's DNS can make. */
function isOwnHost(name: string, localAddress: string | undefined, names: ReadonlySet<string>): boolean {
  if (names.has(name)) return true
  if (localAddress === undefined) return false
  const address = formatHostPort(localAddress, 0).slice(0, -':0'.length)
  if (name === address) return true
  // Who comes over the loopback interface may call it by any of its names.
  return (
    isLoopback(address.replace(/[[\]]/g, '')) &&
    (name === 'localhost' || name === '[::1]' || isLoopback(name))
  )
}

function isOwnOrigin(origin: string, { headers, encrypted }: Asked, names: ReadonlySet<string>): boolean {
  // A form of a page under `Referrer-Policy: no-referrer` has the origin null; no script can set Sec-Fetch-Site.
  if (origin === 'null') return headers['sec-fetch-site'] === 'same-origin'
  const [, scheme, rest = ''] = /^(https?):\/\/(.+)$/.exec(origin) ?? []
  const from = partsOf(rest)
  const to = partsOf(headers.host ?? '')
  if (!from || !to || (encrypted && scheme === 'http')) return false
  const usual = scheme === 'https' ? '443' : '80'
  if (from.name === to.name && (from.port ?? usual) === (to.port ?? usual)) return true
  // A proxy in front may have put its own name for us into the Host header.
  return names.has(from.name) && (from.port ?? usual) === usual
}

/** Whether a page of another site, or of another origin of this site, asks for something but to be left for us. */
function isFromElsewhere({ method, headers }: Asked): boolean {
  const site = headers['sec-fetch-site']
  if (site !== 'cross-site' && site !== 'same-site') return false
  const { 'sec-fetch-mode': mode, 'sec-fetch-dest': destination = 'document' } = headers
  return !(mode === 'navigate' && destination === 'document' && (method === 'GET' || method === 'HEAD'))
}
