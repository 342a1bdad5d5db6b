import { codeOf, messageOf } from '../errors.ts'

const WORDS: { readonly [code: string]: string } = {
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
  ERR_SSL_HTTP_REQUEST: 'it speaks HTTP without TLS',
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'it has no certificate',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'its TLS is too old; 1.2 is the oldest that is spoken',
  ERR_SSL_NO_SHARED_CIPHER: 'it knows no cipher that is good enough',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'it does not know the authority of our certificate',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'our certificate will not do for it',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: 'our certificate will not do for it',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'our certificate has expired, it says',
}

/** Why TLS was not agreed, in words: OpenSSL's own message has a thread, a function, a file and a line around them. */
export function describeTlsFailure(error: Error & { reason?: string }): string {
  return WORDS[codeOf(error) ?? ''] ?? error.reason ?? messageOf(error)
}
