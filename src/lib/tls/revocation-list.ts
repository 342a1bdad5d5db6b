// Of a list of revoked certificates (RFC 5280 section 5.1), the one field that OpenSSL looks at and Node does not show.

/** What stands in DER: its tag, and where its content is. */
interface Element {
  tag: number
  start: number
  end: number
}

const SEQUENCE = 0x30
const UTC_TIME = 0x17
const GENERALIZED_TIME = 0x18

/**
 * When the next list is to be there, epoch milliseconds: from then on this one counts for nothing. Undefined where it does not say.
 * @param pem one list
 */
export function nextUpdateOf(pem: string): number | undefined {
  const der = Buffer.from(pem.replace(/-----[^-]*-----/g, ''), 'base64')
  // CertificateList { tbsCertList { version?, signature, issuer, thisUpdate, nextUpdate?, … } … }
  const [list] = elementsIn(der, 0, der.length)
  if (list?.tag !== SEQUENCE) return undefined
  const [body] = elementsIn(der, list.start, list.end)
  if (body?.tag !== SEQUENCE) return undefined
  const times = elementsIn(der, body.start, body.end).filter(({ tag }) => isTime(tag))
  const next = times[1]
  return next && timeOf(next.tag, der.toString('latin1', next.start, next.end))
}

function isTime(tag: number): boolean {
  return tag === UTC_TIME || tag === GENERALIZED_TIME
}

/** Side by side from `start` on; those that do not fit are left out. */
function elementsIn(der: Buffer, start: number, end: number): Element[] {
  const elements: Element[] = []
  for (let at = start; at + 2 <= end; ) {
    const tag = der[at]!
    const first = der[at + 1]!
    // Above 127 it is how many bytes the length has (X.690 section 8.1.3.5).
    const width = first < 0x80 ? 0 : first & 0x7f
    if (width > 4 || at + 2 + width > end) break
    const length = width === 0 ? first : der.readUIntBE(at + 2, width)
    const content = at + 2 + width
    if (content + length > end) break
    elements.push({ tag, start: content, end: content + length })
    at = content + length
  }
  return elements
}

/** `YYMMDDHHMMSSZ` up to 2049, `YYYYMMDDHHMMSSZ` from then on (RFC 5280 section 5.1.2.4). */
function timeOf(tag: number, text: string): number | undefined {
  const century = Number(text.slice(0, 2)) >= 50 ? '19' : '20'
  const full = tag === UTC_TIME ? century + text : text
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full) ?? []
  if (year === undefined) return undefined
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}
