import type { User } from '../../../lib/process/as-user.ts'
import { complaintsOf, type Expiry } from '../../../lib/tls/expiry.ts'
import { type Finding, finder, quoted } from '../finding.ts'

// Files that options name: who may read them, and until when certificates will do.

/** A file, and which option of which daemon names it. */
export interface NamedFile {
  about: string
  flag: string
  path: string
  /** Nobody else should be able to read it. */
  isSecret: boolean
  /** As whom the daemon runs. Undefined: not known. */
  reader?: User | undefined
  /** That user could open it just now. */
  canOpen?: boolean | undefined
}

export interface FileFacts {
  mode: number
  uid: number
  gid: number
}

const foundFile = finder('files')

/** @param facts undefined for a file that is not there */
export function checkFile(file: NamedFile, facts: FileFacts | undefined): Finding[] {
  const { about, flag, path, isSecret, reader, canOpen } = file
  if (!facts) return [foundFile('wrong', about, `${flag} ${path}: there is no such file`)]
  if (isSecret && facts.mode & 0o007)
    return [
      foundFile(
        'wrong',
        about,
        `${flag} ${path}: everybody on this host may read or write it`,
        `sudo chmod o= ${quoted(path)}`,
      ),
    ]
  if (facts.mode & 0o002)
    return [
      foundFile(
        'wrong',
        about,
        `${flag} ${path}: everybody on this host may write it`,
        `sudo chmod o-w ${quoted(path)}`,
      ),
    ]
  if (reader && !canOpen && !mayRead(reader, facts))
    return [
      foundFile(
        'wrong',
        about,
        `${flag} ${path}: the user ${reader.uid}, whom it runs as, may not read it: the next reload or start fails`,
        `sudo setfacl -m u:${reader.uid}:r ${quoted(path)}, or LoadCredential= in its unit`,
      ),
    ]
  return []
}

function mayRead(
  { uid, groups }: NonNullable<NamedFile['reader']>,
  { mode, uid: owner, gid }: FileFacts,
): boolean {
  if (uid === 0) return true
  if (uid === owner) return (mode & 0o400) !== 0
  return groups.includes(gid) ? (mode & 0o040) !== 0 : (mode & 0o004) !== 0
}

const foundCertificate = finder('certificates')

/** What is in the file of a certificate. */
export interface CertificateFacts {
  about: string
  flag: string
  path: string
  expiries: readonly Expiry[]
  /** Certificates that are not signed by the one behind them in the file. */
  broken: readonly string[]
  /** The first one is signed by one that is not in the file and that this host does not know. */
  isIncomplete: boolean
}

export function checkCertificate(facts: CertificateFacts, now: number): Finding[] {
  const { about, flag, path, expiries, broken, isIncomplete } = facts
  const renew = `get a new one, put it to ${path}; it is read within ten seconds (a service of systemd with a new key: restart it)`
  const findings = complaintsOf(expiries, now).map(({ level, text }) =>
    foundCertificate(level === 'error' ? 'wrong' : 'warning', about, text, renew),
  )
  for (const subject of broken)
    findings.push(
      foundCertificate(
        'wrong',
        about,
        `${flag} ${path}: ${subject} is not signed by the certificate behind it`,
        `cat host.pem intermediate.pem > ${quoted(path)}`,
      ),
    )
  if (isIncomplete)
    findings.push(
      foundCertificate(
        'warning',
        about,
        `${flag} ${path}: the certificate that signed it is not in the file; clients who do not have that refuse it`,
        `cat host.pem intermediate.pem > ${quoted(path)}`,
      ),
    )
  return findings
}

/** Where nothing was found. */
export function filesAreWell(files: number, certificates: number): Finding[] {
  return [
    ...(files > 0
      ? [
          foundFile(
            'well',
            'this host',
            `${count(files, 'file')} that options name may be read by whom they should`,
          ),
        ]
      : []),
    ...(certificates > 0
      ? [
          foundCertificate(
            'well',
            'this host',
            `${count(certificates, 'certificate')} will do for 30 days and more`,
          ),
        ]
      : []),
  ]
}

function count(number: number, what: string): string {
  return number === 1 ? `the ${what}` : `all ${number} ${what}s`
}
