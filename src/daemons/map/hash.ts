import { changeScalars, forgetBytes, readNames } from './fields.ts'
import type { Make } from './step.ts'

const LENGTH = { least: 8, usual: 32, most: 64 }

/** Hashes that are remembered, because addresses and users come again and again. */
const REMEMBERED = 10_000

/**
 * `client,user.name length 16`: what is text or a number in these fields becomes its HMAC-SHA-256, in so many hexadecimal
 * digits. With a key, because without one every address of IPv4 is found by hashing all of them, in minutes.
 */
export function readHash(rest: string): Make | undefined {
  const [, fields, digits = String(LENGTH.usual)] = /^(\S+)(?:\s+length\s+(\d{1,3}))?$/.exec(rest) ?? []
  if (fields === undefined) return undefined
  const length = Number(digits)
  if (length < LENGTH.least || length > LENGTH.most)
    throw new RangeError(`length ${digits}: from ${LENGTH.least} to ${LENGTH.most} hexadecimal digits`)
  const routes = readNames(fields)
  return ({ key }) => {
    const hash = createHash(key!, length)
    return record => {
      let changed = false
      changeScalars(record, routes, scalar => {
        changed = true
        return hash(String(scalar))
      })
      return changed ? forgetBytes(record) : record
    }
  }
}

function createHash(key: Buffer, length: number): (text: string) => string {
  const { createHmac, createSecretKey } = process.getBuiltinModule('node:crypto')
  // Made once: it is most of the time.
  const secret = createSecretKey(key)
  const known = new Map<string, string>()
  return text => {
    let hash = known.get(text)
    if (hash === undefined) {
      hash = createHmac('sha256', secret).update(text).digest('hex').slice(0, length)
      if (known.size >= REMEMBERED) known.clear()
      if (text.length <= 100) known.set(text, hash)
    }
    return hash
  }
}
