// How one who dials an acknowledged pipe shows by which key it came in (docs/protocol.md). ZeroMQ has checked that key, but does not say
// which message came under it: libzmq has it beside each message, and its binding for Node does not give that on.
import type { KeyPair } from './key-file.ts'
import { sharedSecret } from './key-file.ts'

/**
 * What only the owners of both keys can say of the name of a line (HMAC-SHA256 under their X25519 secret, base64url). The other end knows it
 * then, and nobody else does: it goes over the encrypted link alone.
 */
export function proofOf(own: KeyPair, other: string, line: string): string {
  const { createHmac } = process.getBuiltinModule('node:crypto')
  return createHmac('sha256', sharedSecret(own.secretKey, other)).update(`ack+ 1 ${line}`).digest('base64url')
}

/** Whether it is the proof of the owner of this key. */
export function isProof(proof: string, own: KeyPair, other: string, line: string): boolean {
  const { timingSafeEqual } = process.getBuiltinModule('node:crypto')
  try {
    const expected = Buffer.from(proofOf(own, other, line))
    const given = Buffer.from(proof)
    return given.length === expected.length && timingSafeEqual(given, expected)
  } catch {
    // A key that leads to no secret (RFC 7748 section 6.1).
    return false
  }
}
