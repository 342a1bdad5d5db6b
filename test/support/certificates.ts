import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** False, or why tests that need certificates cannot run here. */
export const noCertificates = hasOpenssl() ? false : 'there is no openssl on this machine'

const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/**
 * Makes NAME.pem and NAME.key in a folder, of an authority in `ca.pem` that is made when it is not there. Its names are `NAME`
 * and `127.0.0.1`.
 */
export function makeCertificate(
  folder: string,
  name: string,
  ca = 'ca',
  days = 90,
): { cert: string; key: string } {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const request = (of: string, ...more: string[]) =>
    openssl(
      'req',
      '-x509',
      ...CURVE,
      '-days',
      String(days),
      '-subj',
      `/CN=${of}`,
      '-keyout',
      `${of}.key`,
      '-out',
      `${of}.pem`,
      ...more,
    )
  if (!existsSync(join(folder, `${ca}.pem`))) request(ca)
  const names = `subjectAltName=DNS:${name},IP:127.0.0.1`
  request(name, '-CA', `${ca}.pem`, '-CAkey', `${ca}.key`, '-addext', names)
  return { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) }
}

/** Makes the list, `ca.crl`, of those among the authority's certificates that are revoked. */
export function makeRevocationList(folder: string, ...names: string[]): string {
  const ca = authorityIn(folder)
  for (const name of names) ca('-revoke', `${name}.pem`)
  ca('-gencrl', '-out', 'ca.crl')
  return join(folder, 'ca.crl')
}

/** Makes a certificate that ran out years ago. */
export function makeExpired(folder: string, name: string): { cert: string; key: string } {
  makeCertificate(folder, name)
  const request = ['req', '-new', '-key', `${name}.key`, '-subj', `/CN=${name}`, '-out', `${name}.csr`]
  execFileSync('openssl', request, { cwd: folder, stdio: 'pipe' })
  const dates = ['-startdate', '20190101000000Z', '-enddate', '20200101000000Z']
  authorityIn(folder)('-batch', '-notext', ...dates, '-in', `${name}.csr`, '-out', `${name}.pem`)
  return { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) }
}

/** `openssl ca` with the authority in the folder. */
function authorityIn(folder: string): (...args: string[]) => void {
  const config = [
    '[ca]',
    'default_ca=own',
    '[own]',
    'database=index',
    'default_md=sha256',
    'default_crl_days=2',
    'rand_serial=yes',
    'new_certs_dir=.',
    'policy=any',
    '[any]',
    'commonName=supplied',
  ]
  writeFileSync(join(folder, 'ca.conf'), `${config.join('\n')}\n`)
  writeFileSync(join(folder, 'index'), '')
  return (...args) => {
    const own = ['ca', '-config', 'ca.conf', '-cert', 'ca.pem', '-keyfile', 'ca.key']
    execFileSync('openssl', [...own, ...args], { cwd: folder, stdio: 'pipe' })
  }
}

function hasOpenssl(): boolean {
  try {
    return Boolean(execFileSync('openssl', ['version']))
  } catch {
    return false
  }
}
