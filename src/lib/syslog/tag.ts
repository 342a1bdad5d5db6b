// TAG, the name of the program at the start of MSG (RFC 3164 sections 4.1.3 and 5.3): `sshd: `, `sshd[42]: `.
//
// The RFC ends TAG at the first character that is not alphanumeric. But programs are called `postfix/smtpd`
// and `systemd-logind`, and rsyslog ends it at a colon or a space. So does this parser, more or less:
//
// | the text                | what it is                                                                    |
// |-------------------------|-------------------------------------------------------------------------------|
// | `app: text`             | TAG                                                                           |
// | `app[42]: text`         | TAG with the process id, which is anything but spaces and brackets            |
// | `app[42] text`          | the same, as in rsyslog                                                       |
// | `app[]: `, `app[-]: `   | TAG without process id                                                        |
// | `My::App[1]: `,         | TAG: two colons, as in names of Perl's modules, do not end it                 |
// | `My::App: `             |                                                                               |
// | more than 32 characters | TAG, up to 255                                                                |
// | `Use the BFG!`          | CONTENT, as RFC 3164 section 5.4 says; rsyslog makes a TAG of `Use`           |
// | `http://`, `12:30:00`,  | CONTENT: behind the colon of a TAG is no digit, `/`, `\`, `:` or `"`; it is   |
// | `CEF:0`, `{"a":1}`,     | not made of digits alone, and has none of `{}<>"'=`                           |
// | `a="b: c"`, `189: x`    |                                                                               |
// | `Error: `, `warning: `, | CONTENT: a level is the name of no program, nor is that of a payload          |
// | `CEF: 0\|`              |                                                                               |
//
// It is the same without a TIMESTAMP. There RFC 3164 section 4.3.2 has a relay put its own TIMESTAMP and
// HOSTNAME in front, without looking for a TAG; the next one finds it. So it is found without the detour as
// well: Python's SysLogHandler sends `<14>app: text`. What has another form is in odd-tag.ts.

import { createMessage, type SyslogMessage } from './message.ts'
import {
  beginningsOf,
  beginsAs,
  behindAll,
  behindSpace,
  COLON,
  characterSet,
  DASH,
  DIGITS,
  isFieldEnd,
  MAX_NAME,
  PRINTABLE,
} from './scan.ts'

const TAG = characterSet(PRINTABLE, ':[]{}<>"\'=')
const PROCESS_ID = characterSet(PRINTABLE, '[]')
const DIGIT = characterSet(DIGITS)
const NOT_BEHIND_COLON = characterSet(`${DIGITS}/\\:"`)
const [OPEN, CLOSE] = [0x5b, 0x5d]

/**
 * Reads the TAG at `start`, if there is one, and gives the position of CONTENT; a space between is neither.
 */
export function readTag(text: string, start: number, message: SyslogMessage): number {
  const end = nameEnd(text, start)
  if (end === start) return start
  const c = text.charCodeAt(end)
  if (c === OPEN) return readProcessId(text, start, end, message)
  if (c !== COLON || NOT_BEHIND_COLON[text.charCodeAt(end + 1)] === 1) return start
  if (behindAll(DIGIT, text, start, MAX_NAME) === end) return start
  const name = text.slice(start, end)
  if (end - start <= LONGEST_WORD && NO_PROGRAM.has(name)) return start
  message.appName = name
  return behindSpace(text, end + 1)
}

export function isTagAt(text: string, at: number): boolean {
  return readTag(text, at, createMessage('', 0)) !== at
}

/** The end of the name: a single colon, or what can be in no name. */
function nameEnd(text: string, start: number): number {
  const limit = start + MAX_NAME
  let end = behindAll(TAG, text, start, MAX_NAME)
  while (text.charCodeAt(end) === COLON && text.charCodeAt(end + 1) === COLON && end > start) {
    const next = behindAll(TAG, text, end + 2, limit - end - 2)
    if (next === end + 2) return end
    end = next
  }
  return end
}

/** Reads the rest of a TAG whose name is from `start` to `open`, the position of the bracket. */
function readProcessId(text: string, start: number, open: number, message: SyslogMessage): number {
  const close = behindAll(PROCESS_ID, text, open + 1, MAX_NAME)
  if (text.charCodeAt(close) !== CLOSE) return start
  const hasColon = text.charCodeAt(close + 1) === COLON
  if (!hasColon && !isFieldEnd(text, close + 1)) return start
  message.appName = text.slice(start, open)
  const isNil = close === open + 1 || (close === open + 2 && text.charCodeAt(open + 1) === DASH)
  if (!isNil) message.procId = text.slice(open + 1, close)
  return behindSpace(text, hasColon ? close + 2 : close + 1)
}

/** Words for a level of severity, as they stand in front of messages. */
const LEVELS = [
  ...['emerg', 'emergency', 'panic', 'alert', 'crit', 'critical', 'fatal', 'err', 'error', 'severe'],
  ...[
    'warn',
    'warning',
    'notice',
    'info',
    'information',
    'informational',
    'debug',
    'trace',
    'verbose',
    'severity',
  ],
]
const inCases = (word: string) => [word, word.toUpperCase(), `${word[0]!.toUpperCase()}${word.slice(1)}`]
const LEVEL_WORDS = new Set(LEVELS.flatMap(inCases))
const NO_PROGRAM = new Set([...LEVEL_WORDS, 'CEF', 'LEEF'])
const LONGEST_WORD = 'informational'.length

const LEVEL_BEGINNINGS = beginningsOf(LEVELS)

/** Whether a level may stand there: false is certain. */
export function mayBeLevel(text: string, at: number): boolean {
  return beginsAs(LEVEL_BEGINNINGS, text, at)
}

/** Whether a word is a level, and so neither a host nor a program. */
export function isLevel(word: string | undefined): boolean {
  return word !== undefined && LEVEL_WORDS.has(word)
}
