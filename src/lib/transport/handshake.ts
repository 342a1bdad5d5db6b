import type { Observer } from 'zeromq'
import type { Endpoint } from '../endpoint.ts'
import { codeOf } from '../errors.ts'
import type { LinkStatus } from './link.ts'

/**
 * Tells why a connection ends before both ends know each other, in words, just before it does. Undefined for one that a door has
 * refused, which has told of it.
 */
export function whenNotShaken(
  events: Observer,
  endpoint: Endpoint,
  tell: (why: string | undefined) => void,
): void {
  events.on('handshake:error:auth', () => tell(endpoint.mode === 'bind' ? undefined : notAllowed(endpoint)))
  events.on('handshake:error:protocol', ({ error }) => {
    const why = describe(codeOf(error), endpoint)
    if (why !== undefined) tell(why)
  })
  // The other end has hung up, without a word: it could not read what was encrypted for another key.
  events.on('handshake:error:other', () => {
    if (endpoint.keys?.server) tell('it has not the key that we were given for it, or is no ZeroMQ socket')
  })
}

/** Counts who has connected and did not come in. Those with a key that is not allowed, the door counts. */
export function countRefused(events: Observer, { mode }: Endpoint, status: LinkStatus): void {
  if (mode !== 'bind') return
  status.refused ??= 0
  const count = (): void => void status.refused!++
  events.on('handshake:error:protocol', count)
  events.on('handshake:error:other', count)
}

/** What else there may be of whom we dial, where nothing is known: who hangs up first does not always let the other one know why. */
export function orKeys({ mode, keys }: Endpoint): string {
  if (mode === 'bind') return ''
  return keys ? ', or it has none of these keys' : ', or its link has keys'
}

function notAllowed({ keys }: Endpoint): string {
  return `it does not let us in; it has to have the line ${keys?.own.publicKey ?? 'KEY'} NAME in its file of --curve-allow`
}

function describe(code: string | undefined, { keys }: Endpoint): string | undefined {
  if (code === 'ERR_ZMTP_MECHANISM_MISMATCH')
    return keys ? 'it has no keys, and this link has' : 'its link has keys, and this one has none'
  if (code === 'ERR_ZMTP_CRYPTOGRAPHIC' && keys?.allow)
    return `it was given another public key than ours, which is ${keys.own.publicKey}`
  return undefined
}
