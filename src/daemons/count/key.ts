// Keys: parts with `/` between them, as they are in addresses, in names of hashes, and in lists.

/** Bytes of a key. */
export const LONGEST_KEY = 512

// What would end a part, or could not be read in a list. `%` itself, so that no two values are one part.
const SPECIAL = /[%/\u0000-\u001f\u007f]/g

/**
 * A value as a part of a key: `a/b` is `a%2Fb`, or account `a/b` would write into keys of account `a`. Undefined for what cannot be
 * asked for: nothing, and the dots that every client takes out of an address.
 */
export function partOf(value: string): string | undefined {
  if (value === '' || value === '.' || value === '..') return undefined
  return value.toWellFormed().replace(SPECIAL, character => encodeURIComponent(character))
}

/** The key, or the hash, that the path of an address means. Undefined where it means none. */
export function keyOfPath(path: string): string | undefined {
  const parts: string[] = []
  for (const written of path.split('/')) {
    const part = partOf(decoded(written) ?? '')
    if (part === undefined) return undefined
    parts.push(part)
  }
  return parts.join('/')
}

/** The account that a key, or a hash, belongs to: its first part, as it was in the event. */
export function accountOfKey(key: string): string {
  const [first = ''] = key.split('/', 1)
  return decoded(first) ?? first
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

// A key may hold any line separator but those of ASCII.
const HASH = /^(.+)\/\d{4}(?:\/(?:0[1-9]|1[0-2])(?:\/(?:0[1-9]|[12]\d|3[01])(?:\/(?:[01]\d|2[0-3]))?)?)?$/s

/** The key of `acme/pageview/2013/09`, which is the name of a hash; undefined for a name of none. */
export function keyOfHash(name: string): string | undefined {
  return HASH.exec(name)?.[1]
}
