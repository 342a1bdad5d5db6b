import type { TlsSettings } from './files.ts'
import type { Pem } from './pem.ts'
import { certificatesIn, listsIn } from './pem.ts'
import { nextUpdateOf } from './revocation-list.ts'

/** Until when the file of an option will do: of several certificates in it, the first that runs out. */
export interface Expiry {
  /** `--tls-client-ca`. */
  flag: string
  file: string
  /** Whose certificate it is; a list of revoked ones has no subject. */
  subject?: string
  /** From when on, epoch milliseconds. */
  from?: number
  /** Until when, epoch milliseconds. */
  until: number
  /** Somebody makes a list of revoked ones again and again, often every day. */
  isList: boolean
}

export interface Complaint {
  level: 'warn' | 'error'
  text: string
}

const DAY = 86_400_000
/** Days in which to get a new one. */
const SOON = 30

export function expiriesOf({ cert, clientCa, clientCrl }: Pem, settings: TlsSettings): Expiry[] {
  const of = (option: 'cert' | 'clientCa' | 'clientCrl', end: string) => ({
    flag: `${settings.flags}-${end}`,
    file: settings[option]!,
  })
  return [
    { ...of('cert', 'cert'), ...firstToEnd(cert) },
    ...(clientCa ? [{ ...of('clientCa', 'client-ca'), ...firstToEnd(clientCa) }] : []),
    ...(clientCrl
      ? [{ ...of('clientCrl', 'client-crl'), until: firstListToEnd(clientCrl), isList: true }]
      : []),
  ].filter(({ until }) => Number.isFinite(until))
}

/** Of the certificates in a file, the one that runs out first. */
export function firstToEnd(pem: Buffer): Pick<Expiry, 'subject' | 'from' | 'until' | 'isList'> {
  const [first] = certificatesIn(pem)
    .map(one => ({
      subject: (one.subject ?? '').replaceAll('\n', ', '),
      from: one.validFromDate.getTime(),
      until: one.validToDate.getTime(),
      isList: false,
    }))
    .toSorted((a, b) => a.until - b.until)
  return first!
}

function firstListToEnd(pem: Buffer): number {
  return Math.min(...listsIn(pem).map(list => nextUpdateOf(list) ?? Number.POSITIVE_INFINITY))
}

/** What is to be said of them now; nothing when all is well. */
export function complaintsOf(expiries: readonly Expiry[], now: number): Complaint[] {
  return expiries.flatMap((expiry): Complaint[] => {
    const { flag, file, subject, from = 0, until, isList } = expiry
    const what = `${flag} ${file}${subject ? ` (${subject})` : ''}`
    const date = (time: number) => new Date(time).toISOString().slice(0, 16).replace('T', ' ')
    if (until <= now)
      return [{ level: 'error', text: `${what} ran out at ${date(until)}Z: ${endOf(expiry)}` }]
    if (from > now)
      return [{ level: 'error', text: `${what} counts only from ${date(from)}Z on; is the clock right?` }]
    const days = Math.floor((until - now) / DAY)
    if (isList ? days >= 1 : days >= SOON) return []
    const left = days === 1 ? '1 day' : `${days} days`
    return [{ level: 'warn', text: `${what} runs out in ${left}, at ${date(until)}Z` }]
  })
}

function endOf({ flag, isList }: Expiry): string {
  if (isList) return 'nobody may come in until there is a new one'
  return flag.endsWith('-cert') ? 'clients refuse it' : 'clients with certificates of it are refused'
}
