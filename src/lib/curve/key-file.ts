// Files of CURVE keys, in the form of CZMQ's certificates (a subset of ZPL, ZeroMQ RFC 4), so that either side may have
// made them. The one with the secret key is all that its owner needs; the one without is for everybody else.
import { statSync } from 'node:fs'
import { Misuse } from '../errors.ts'
import { readOptionFile } from '../option-file.ts'
import { decodeZ85, encodeZ85, isKey } from './z85.ts'

export interface KeyPair {
  /** Z85, as all keys. */
  publicKey: string
  secretKey: string
}

export interface PublicKey {
  publicKey: string
  /** Of its owner, where the file says it. */
  name: string | undefined
}

/** Names of owners of keys: they are labels of metrics, and values in records. */
export const NAME = /^[\w.-]{1,64}$/

const MAKE_ONE = (path: string) => `make one with: sluice keygen ${path}`

/** The text of a key file. */
export function formatKeyFile(name: string, { publicKey, secretKey }: Partial<KeyPair>): string {
  const secret = secretKey === undefined ? '' : `    secret-key = "${secretKey}"\n`
  const head =
    secretKey === undefined ? 'Public key: may be given to anybody.' : 'SECRET key: nobody else may read it.'
  return `# ${head}\nmetadata\n    name = "${name}"\ncurve\n    public-key = "${publicKey}"\n${secret}`
}

/** One's own keys. Throws Misuse that names the flag, for a file that will not do or that everybody may read. */
export function readKeyPair(flag: string, path: string): KeyPair {
  const { 'public-key': publicKey, 'secret-key': secretKey } = valuesIn(readOptionFile(flag, path).toString())
  if (secretKey === undefined) {
    const other = publicKey === undefined ? '' : '; it has a public key only, and its owner the other file'
    const both = path.replace(/\.pub$/, '')
    const remedy = other && both !== path ? `that is ${both} where sluice keygen has made it` : MAKE_ONE(path)
    throw new Misuse(`${flag}: ${path} has no secret-key${other}; ${remedy}`)
  }
  checkKey(flag, path, secretKey)
  const derived = publicKeyOf(secretKey)
  if (publicKey !== undefined && publicKey !== derived)
    throw new Misuse(`${flag}: ${path}: public-key and secret-key do not belong together; ${MAKE_ONE(path)}`)
  refuseOpen(flag, path, 0o007)
  return { publicKey: derived, secretKey }
}

/**
 * Somebody else's key: a file as above, or the bare key in it. Throws Misuse that names the flag; also for a name that is none of ours,
 * as CZMQ takes it, unless another one counts instead.
 */
export function readPublicKey(flag: string, path: string, instead?: string): PublicKey {
  const text = readOptionFile(flag, path).toString()
  const { 'public-key': publicKey = text.trim(), name } = valuesIn(text)
  checkKey(flag, path, publicKey)
  refuseOpen(flag, path, 0o002)
  if (name && instead === undefined && !NAME.test(name))
    throw new Misuse(
      `${flag}: ${path}: the name ${JSON.stringify(name)} cannot name the sender of records; write one of at most 64 letters, digits, ` +
        'dots, dashes and underscores in its place',
    )
  return { publicKey, name: (instead ?? name) || undefined }
}

function checkKey(flag: string, path: string, key: string): void {
  if (!isKey(key))
    throw new Misuse(
      `${flag}: ${path} holds no key: a line public-key = "…" with 40 characters of Z85, as sluice keygen writes it`,
    )
}

/** `key = "value"` at any depth; none of the keys that are looked for has two meanings. */
function valuesIn(text: string): { [key: string]: string } {
  const pairs = text.matchAll(/^[ \t]*([\w-]+)[ \t]*=[ \t]*(?:"([^"\n]*)"|'([^'\n]*)'|(\S+))/gm)
  return Object.fromEntries(Array.from(pairs, ([, key, ...quoted]) => [key, quoted.find(Boolean) ?? '']))
}

/**
 * Whoever can read one's own keys can be us; whoever can write those of others says who they are. The group may: it is a way to give
 * a service its key.
 */
export function refuseOpen(flag: string, path: string, bits: number): void {
  if (!(statSync(path).mode & bits)) return
  const [what, how] = bits === 0o002 ? ['may be written by', 'o-w'] : ['is open to', 'o=']
  throw new Misuse(`${flag}: ${path} ${what} everybody on this host; write: chmod ${how} ${path}`)
}

/** The public key that belongs to a secret one (X25519, RFC 7748 section 6.1). */
function publicKeyOf(secretKey: string): string {
  const { createPublicKey } = process.getBuiltinModule('node:crypto')
  const { x } = createPublicKey(privateKeyOf(secretKey)).export({ format: 'jwk' })
  return encodeZ85(Buffer.from(x!, 'base64url'))
}

/** What the PKCS #8 form of an X25519 key has before its 32 bytes (RFC 8410 section 7). */
const PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex')

function privateKeyOf(secretKey: string) {
  const { createPrivateKey } = process.getBuiltinModule('node:crypto')
  return createPrivateKey({
    key: Buffer.concat([PKCS8, decodeZ85(secretKey)!]),
    format: 'der',
    type: 'pkcs8',
  })
}

/** What SPKI has before them (RFC 8410 section 4). */
const SPKI = Buffer.from('302a300506032b656e032100', 'hex')

/** What only the owners of these two keys know (X25519, RFC 7748 section 6.1). Throws for a key that leads to no secret. */
export function sharedSecret(secretKey: string, publicKey: string): Buffer {
  const { createPublicKey, diffieHellman } = process.getBuiltinModule('node:crypto')
  const key = Buffer.concat([SPKI, decodeZ85(publicKey)!])
  return diffieHellman({
    privateKey: privateKeyOf(secretKey),
    publicKey: createPublicKey({ key, format: 'der', type: 'spki' }),
  })
}

/** New keys. */
export function createKeyPair(): KeyPair {
  const { generateKeyPairSync } = process.getBuiltinModule('node:crypto')
  const { d, x } = generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' })
  const [publicKey, secretKey] = [x, d].map(key => encodeZ85(Buffer.from(key!, 'base64url')))
  return { publicKey: publicKey!, secretKey: secretKey! }
}
