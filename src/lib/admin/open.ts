import type { Face } from '../serve.ts'
import type { Owner } from '../tls/certificates.ts'
import type { Admin } from './admin.ts'

/**
 * Opens the admin face at an address, with TLS and a token where the options say so. Returns its URL. Throws Fatal when the
 * address is taken. Late: most have none, and what TLS and tokens need is not small.
 */
export async function openAdminFace(
  admin: Admin,
  { address, tokenFile, tls }: Face,
  owner: Owner,
): Promise<string> {
  const certificates = tls.cert
    ? (await import('../tls/certificates.ts')).Certificates.open(tls, owner)
    : undefined
  const token = tokenFile
    ? new (await import('../serve/token.ts')).Token('--admin-token-file', tokenFile)
    : undefined
  if (token) (await import('../serve/reread.ts')).keepFresh(token, owner)
  return admin.listenTcp(address, { token, isSecure: certificates !== undefined }, certificates)
}
