import { Misuse } from '../../lib/index.ts'
import { parseStore, type StoreOptions } from './where.ts'

/** Throws Misuse for options of one store that are given with the other. */
export function checkStore({ store, prefix, storePasswordFile, storeCa }: StoreOptions): void {
  const where = parseStore(store)
  const ofRedis = { '--prefix': prefix, '--store-password-file': storePasswordFile, '--store-ca': storeCa }
  const [flag] = Object.entries(ofRedis).find(([, value]) => value) ?? []
  if (where.kind === 'sqlite') {
    if (flag)
      throw new Misuse(`${flag} is of Redis: give --store redis://host:port as well, or leave it away`)
    return
  }
  if (where.user && !storePasswordFile)
    throw new Misuse(`--store ${store}: the user has a password; give --store-password-file`)
  if (storeCa && !('tls' in where.address && where.address.tls))
    throw new Misuse('--store-ca: only rediss://host:port speaks TLS')
}

/** Throws RangeError for what would not be seen as a prefix. */
export function checkPrefix(prefix: string): void {
  if (/^(?:[^\s/]+(?:\/[^\s/]+)*)?$/.test(prefix)) return
  throw new RangeError(`"${prefix}" is no prefix; write a word or several with / between them, as in shop`)
}

const HOUR = 3_600_000

/** Throws RangeError for less than a sender is without its acknowledgement whenever something is restarted. */
export function checkRemember(time: number): void {
  if (time >= HOUR) return
  throw new RangeError('the least is 1h: what comes again later than that is counted twice')
}
