// Lines of web servers in the "combined" and "common" formats of Apache and nginx, and what people make of them:
//
//     [VHOST[:PORT]] CLIENT IDENT USER [TIME] "REQUEST" STATUS BYTES ["REFERRER" "AGENT" ["FORWARDED FOR"]] [MORE]
//
// | a line may have                                | what is done                                        |
// |------------------------------------------------|-----------------------------------------------------|
// | `-`, or nothing between quotes                 | the field is absent                                 |
// | a virtual host first (Apache's vhost_combined) | known by the four words in front of the time        |
// | spaces in USER (Apache does not escape them)   | taken, where IDENT is `-`                           |
// | `\"`, `\\` (Apache), `\x22`, `\x5C` (nginx)    | the character                                       |
// | `\xE2\x82\xAC`                                 | the character, where they are UTF-8                 |
// | any other escape (`\x16\x03\x01`, `\n`)        | stays: control characters do not belong into fields |
// | REQUEST is not METHOD TARGET [HTTP/VERSION]    | `request` has the whole of it                       |
// | something behind AGENT                         | addresses: `forwardedFor`; anything else: `extra`   |

/** What a line says; undefined where it says nothing. */
export interface AccessLine {
  vhost: string | undefined
  client: string | undefined
  ident: string | undefined
  user: string | undefined
  timestamp: string
  method: string | undefined
  url: string | undefined
  httpVersion: string | undefined
  /** Where it is no request line. */
  request: string | undefined
  status: number
  bytes: number | undefined
  referrer: string | undefined
  agent: string | undefined
  forwardedFor: string | undefined
  extra: string | undefined
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

const SPACE = 0x20
const ZERO = 0x30

const METHOD = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/
const ADDRESSES = /^[\da-fA-F.:]+(?:, ?[\da-fA-F.:]+)*$/

/** Undefined for a text that is none. */
export function readAccessLine(text: string): AccessLine | undefined {
  const open = text.indexOf(' [')
  const close = text.indexOf('] "', open)
  if (open < 0 || close < 0) return undefined
  const request = close + 3
  const requestEnd = endOfQuoted(text, request)
  if (requestEnd < 0) return undefined
  const status = requestEnd + 2
  const bytes = status + 4
  const end = endOfBytes(text, bytes)
  if (!isStatus(text, status) || end < 0) return undefined
  const line: AccessLine = {
    vhost: undefined,
    client: undefined,
    ident: undefined,
    user: undefined,
    timestamp: text.slice(open + 2, close),
    method: undefined,
    url: undefined,
    httpVersion: undefined,
    request: undefined,
    status: Number(text.slice(status, bytes - 1)),
    bytes: text[bytes] === '-' ? undefined : Number(text.slice(bytes, end)),
    referrer: undefined,
    agent: undefined,
    forwardedFor: undefined,
    extra: undefined,
  }
  if (!readWho(text, open, line)) return undefined
  readRequest(text.slice(request, requestEnd), line)
  if (end < text.length) readRest(text, end, line)
  return line
}

/** Three digits between spaces. */
function isStatus(text: string, at: number): boolean {
  return (
    isDigit(text, at) && isDigit(text, at + 1) && isDigit(text, at + 2) && isBetweenSpaces(text, at, at + 3)
  )
}

function isBetweenSpaces(text: string, start: number, end: number): boolean {
  return text.charCodeAt(start - 1) === SPACE && text.charCodeAt(end) === SPACE
}

function isDigit(text: string, at: number): boolean {
  const digit = text.charCodeAt(at) - ZERO
  return digit >= 0 && digit <= 9
}

const MOST_DIGITS = 15

/** Behind digits, or `-`, after which a space or nothing follows; else -1. */
function endOfBytes(text: string, start: number): number {
  let end = start
  while (end - start < MOST_DIGITS && isDigit(text, end)) end++
  if (end === start && text[end] === '-') end++
  return end > start && (end === text.length || text.charCodeAt(end) === SPACE) ? end : -1
}

/** What stands in front of the time, which ends at `end`. */
function readWho(text: string, end: number, line: AccessLine): boolean {
  const first = text.indexOf(' ')
  const second = text.indexOf(' ', first + 1)
  const third = text.indexOf(' ', second + 1)
  if (first <= 0 || second >= end || third < 0) return false
  let start = 0
  // An address is never "-" in the place of IDENT, so that this tells a virtual host from a name with spaces.
  if (third < end && text.slice(first + 1, second) !== '-') {
    line.vhost = present(text.slice(0, first))
    start = first + 1
  }
  const [client, ident] = start === 0 ? [first, second] : [second, third]
  line.client = present(text.slice(start, client))
  line.ident = present(text.slice(client + 1, ident))
  line.user = present(unescaped(text.slice(ident + 1, end)))
  return true
}

function readRequest(text: string, line: AccessLine): void {
  const space = text.indexOf(' ')
  const method = space < 0 ? '' : text.slice(0, space)
  if (space + 1 === text.length || !METHOD.test(method)) {
    line.request = present(unescaped(text))
    return
  }
  line.method = method
  const last = text.lastIndexOf(' ')
  const version = last > space && text.startsWith('HTTP/', last + 1)
  line.url = unescaped(text.slice(space + 1, version ? last : text.length))
  if (version) line.httpVersion = text.slice(last + ' HTTP/'.length)
}

/** What stands behind the bytes. */
function readRest(text: string, start: number, line: AccessLine): void {
  const referrer = quotedAt(text, start)
  const agent = referrer && quotedAt(text, referrer.end)
  const more = agent && quotedAt(text, agent.end)
  let end = start
  if (referrer && agent) {
    line.referrer = referrer.value
    line.agent = agent.value
    end = agent.end
    if (more && (more.value === undefined || ADDRESSES.test(more.value))) {
      line.forwardedFor = more.value
      end = more.end
    }
  }
  if (end < text.length) line.extra = present(text.slice(end).trim())
}

/** The value in quotes behind a space; undefined where there is none. */
function quotedAt(text: string, at: number): { value: string | undefined; end: number } | undefined {
  if (text.charCodeAt(at + 1) !== QUOTE || text[at] !== ' ') return undefined
  const end = endOfQuoted(text, at + 2)
  return end < 0 ? undefined : { value: present(unescaped(text.slice(at + 2, end))), end: end + 1 }
}

/** Where the quote that closes the value stands; -1 where none does. */
function endOfQuoted(text: string, start: number): number {
  const end = text.indexOf('"', start)
  const backslash = text.indexOf('\\', start)
  if (end < 0 || backslash < 0 || backslash > end) return end
  for (let at = backslash; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === BACKSLASH) at++
    else if (code === QUOTE) return at
  }
  return -1
}

function present(text: string): string | undefined {
  return text === '' || text === '-' ? undefined : text
}

const ESCAPES = /\\["\\]|\\x22|\\x5[Cc]|(?:\\x[89A-Fa-f][0-9A-Fa-f])+/g
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function unescaped(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(ESCAPES, found => {
    if (found.length === 2) return found[1]!
    if (found === '\\x22') return '"'
    if (found.startsWith('\\x5')) return '\\'
    return utf8(found) ?? found
  })
}

/** `\xE2\x82\xAC` as the character; undefined where the bytes are none. */
function utf8(escapes: string): string | undefined {
  try {
    return decoder.decode(Buffer.from(escapes.replaceAll('\\x', ''), 'hex'))
  } catch {
    return undefined
  }
}
