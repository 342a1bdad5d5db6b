// Which keys a link has: what its flags and its own query say. CURVE encrypts it, and both ends know whom they speak to
// (ZeroMQ RFC 26).
import { Misuse } from '../errors.ts'
import { isLoopback } from '../host-port.ts'
import { AllowList } from './allow-list.ts'
import { type KeyPair, type PublicKey, readKeyPair, readPublicKey, sharedSecret } from './key-file.ts'

/** What flags say, for all links of a stage. */
export interface KeyOptions {
  insecure?: boolean | undefined
  /** Paths of files. */
  curveKey?: string | undefined
  curveServer?: string | undefined
  curveAllow?: string | undefined
}

/** The keys of one end: of the one who connects, whom to; of the one who is bound, who may come. */
export type LinkKeys = { own: KeyPair } & (
  | { server: PublicKey; allow?: undefined }
  | { server?: undefined; allow: AllowList }
)

/** What of an endpoint matters to its keys. */
interface Bare {
  direction: 'pull' | 'push'
  mode: 'bind' | 'connect'
  address: string
  query: { readonly [key: string]: string }
}

/**
 * Undefined for a link without keys. A link in the file system has them only where its own query says so: its folder says who
 * may reach it. Throws Misuse where others could reach the link, or where keys that were given would not be used.
 */
export function keysOf(endpoint: Bare, options: KeyOptions): LinkKeys | undefined {
  const { mode, address, query } = endpoint
  if (!/^(tcp|ipc):/.test(address)) return undefined
  if (query.curve === 'off') return withoutKeys(endpoint, options)
  return mode === 'bind' ? keysOfBound(endpoint, options) : keysOfDialled(endpoint, options)
}

function withoutKeys({ mode, address, query }: Bare, { insecure }: KeyOptions): undefined {
  const other = ['server-key', 'allow'].find(key => query[key] !== undefined)
  if (other) throw new Misuse(`curve=off: then there is no ${other}`)
  if (mode === 'bind' && !insecure && !isLocal(address))
    throw new Misuse(
      `curve=off: other hosts could reach this address; say --insecure where the network is trusted`,
    )
}

function keysOfDialled({ direction, address, query }: Bare, options: KeyOptions): LinkKeys | undefined {
  const { curveKey } = options
  const given = query['server-key']
  const server = given ?? (address.startsWith('tcp:') ? options.curveServer : undefined)
  const flag = given === undefined ? '--curve-server' : 'server-key'
  if (server !== undefined) {
    if (curveKey === undefined)
      throw new Misuse(
        `${flag}: one's own keys are needed as well; make them with sluice keygen FILE, and give --curve-key FILE`,
      )
    // Who is sent to needs no name.
    const name = direction === 'push' ? '' : undefined
    const keys = { own: readKeyPair('--curve-key', curveKey), server: readPublicKey(flag, server, name) }
    if (!leadsToSecret(keys.own, keys.server))
      throw new Misuse(`${flag}: ${server} is a key that nobody can have`)
    return keys
  }
  if (curveKey === undefined || !address.startsWith('tcp:')) return undefined
  throw new Misuse(
    'the public key of the one who listens there is not given: write ?server-key=FILE or --curve-server FILE; ' +
      'or ?curve=off for a link without keys',
  )
}

function keysOfBound({ address, query }: Bare, options: KeyOptions): LinkKeys | undefined {
  const { curveKey, insecure } = options
  const isTcp = address.startsWith('tcp:')
  const given = query.allow
  const allow = given ?? (isTcp ? options.curveAllow : undefined)
  const flag = given === undefined ? '--curve-allow' : 'allow'
  if (allow !== undefined && curveKey === undefined)
    throw new Misuse(
      `${flag}: one's own keys are needed as well; make them with sluice keygen FILE, and give --curve-key FILE`,
    )
  if (allow !== undefined)
    return { own: readKeyPair('--curve-key', curveKey!), allow: new AllowList(flag, allow) }
  if (curveKey !== undefined && isTcp)
    throw new Misuse(
      'who may connect is not said: give --curve-allow FILE, with a line KEY NAME for each; or ?curve=off for a link without keys',
    )
  if (isTcp && !insecure && !isLocal(address)) throw new Misuse(OPEN)
  return undefined
}

/** A key of low order leads everybody to the same secret, and is refused (RFC 7748 section 6.1). */
function leadsToSecret(own: KeyPair, { publicKey }: PublicKey): boolean {
  try {
    return sharedSecret(own.secretKey, publicKey).length > 0
  } catch {
    return false
  }
}

const OPEN =
  'whoever reaches this address could read or write records; give keys: sluice keygen /etc/sluice/key, then ' +
  '--curve-key /etc/sluice/key --curve-allow /etc/sluice/allowed; or say --insecure where the network is trusted; ' +
  'or bind to 127.0.0.1'

/** Whether only this host can reach it. */
function isLocal(address: string): boolean {
  const [, host = ''] = /^tcp:\/\/(.*):[^:]*$/.exec(address) ?? []
  return !address.startsWith('tcp:') || isLoopback(host.replace(/^\[|\]$/g, ''))
}
