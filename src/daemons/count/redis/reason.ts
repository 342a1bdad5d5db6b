// What a Redis says, for who runs sluice-count.

import { codeOf, messageOf } from '../../../lib/index.ts'

/** One line, with what to do about it. */
export function reasonOf(error: unknown): string {
  const distrust = DISTRUSTED.get(codeOf(error))
  if (distrust) return distrust
  const message = messageOf(error)
  const [first = ''] = message.split(' ', 1)
  // So says Redis 7.0 of what a script may not do.
  const word = /user executing the script/.test(message) ? 'NOPERM' : first
  const hint = HINTS[word]
  return hint ? `${message} (${hint})` : message
}

const UNKNOWN = 'its certificate is of an authority that is not known here; give --store-ca'
/** What Node says of a certificate is meant for who writes programs. */
const DISTRUSTED: ReadonlyMap<string | undefined, string> = new Map([
  ['SELF_SIGNED_CERT_IN_CHAIN', UNKNOWN],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', UNKNOWN],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNKNOWN],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its certificate is its own authority; give it as --store-ca'],
])

const HINTS: { readonly [word: string]: string } = {
  NOAUTH: 'give --store-password-file',
  WRONGPASS: 'see --store-password-file, and the user in the URL',
  NOPERM: 'the user may do too little; docs/count.md has an ACL SETUSER that will do',
  READONLY: 'this is a replica; give the address of the primary',
  MOVED: 'a cluster is not supported: a change is of keys in several slots; give a single Redis',
  CROSSSLOT: 'a cluster is not supported: a change is of keys in several slots; give a single Redis',
  OOM: 'it has reached its maxmemory; give it more, or keep less: --keep-minutes',
  LOADING: 'it reads what it has on its disk; it is waited for',
  MISCONF: 'it cannot write to its disk',
}
