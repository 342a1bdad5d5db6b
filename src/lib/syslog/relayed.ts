// Two headers: a relay put its own in front of that of the sender.
//
// | behind the first TIMESTAMP and HOSTNAME             | what is done                                                |
// |-----------------------------------------------------|-------------------------------------------------------------|
// | `<34>Oct 11 22:14:14 web1 app: text`, `<34>1 2026-` | the second header is that of the sender; the first one's    |
// |                                                     | host, time and priority are kept as those of the relay      |
// | `Oct 11 22:14:14 web1 app: text`                    | the same, if there is a TAG, and the host cannot be a word: |
// |                                                     | programs write times as well (`… backup started: yes`)      |
// | `Oct 11 22:14:14 app: text`                         | the same, and the one HOSTNAME that there is is the host    |
// | `2026-10-11 22:14:15 INFO main: text`               | no header: `INFO` is no host, see tag.ts                    |
// | `35: *Oct 11 22:14:14.123: %SYS-5-CONFIG_I: `,      | the same, see device-header.ts                              |
// | `: 35: *Oct 11`, `sw1: 35: *Oct 11`                 |                                                             |
// | a third header                                      | the message's                                               |
// | `Message forwarded from web1: ` (AIX)               | HOSTNAME, if a TAG follows or the phrase is this one        |
// | `From web1: `                                       |                                                             |

import { extrasOf, type Relay, type SyslogMessage } from './message.ts'
import { ABSENT, ALPHANUMERIC, behindAll, COLON, characterSet, MAX_NAME, SPACE } from './scan.ts'
import { isLevel, isTagAt } from './tag.ts'

/** What of a message a second header may write again. */
export type Header = Pick<
  SyslogMessage,
  | 'priority'
  | 'version'
  | 'time'
  | 'timestamp'
  | 'hostname'
  | 'appName'
  | 'procId'
  | 'msgId'
  | 'structuredData'
  | 'extras'
>

const NONE: Header = {
  ...{ priority: undefined, version: undefined, time: undefined, timestamp: undefined, hostname: undefined },
  ...{
    appName: undefined,
    procId: undefined,
    msgId: undefined,
    structuredData: undefined,
    extras: undefined,
  },
}

/** Takes away what was read, for a second header to be read into the message. */
export function setAside(message: SyslogMessage): Header {
  const { priority, version, time, timestamp, hostname, appName, procId, msgId, structuredData, extras } =
    message
  Object.assign(message, NONE)
  return {
    ...{ priority, version, time, timestamp, hostname },
    ...{ appName, procId, msgId, structuredData, extras },
  }
}

/**
 * Puts the two together, or the first one back if there was no second.
 * @param end the position of CONTENT behind the second, or ABSENT
 * @returns the same
 */
export function settle(end: number, first: Header, message: SyslogMessage): number {
  if (end === ABSENT || isLevel(message.hostname)) {
    Object.assign(message, first)
    return ABSENT
  }
  const relay = relayOf(first, message)
  message.priority ??= first.priority
  message.hostname ??= first.hostname
  message.time ??= first.time
  message.timestamp ??= first.timestamp
  if (relay !== undefined) extrasOf(message).relay = relay
  return end
}

/** What the second header says again is the relay's where the first one says it. */
function relayOf(first: Header, second: Header): Relay | undefined {
  const relay: Relay = {}
  if (first.hostname !== undefined && second.hostname !== undefined) relay.hostname = first.hostname
  if (first.timestamp !== undefined && second.timestamp !== undefined) relay.timestamp = first.timestamp
  if (first.priority !== undefined && second.priority !== undefined) relay.priority = first.priority
  for (const _ in relay) return relay
  return undefined
}

const PHRASES = ['Message forwarded from ', 'From ']
const NAME = characterSet(`${ALPHANUMERIC}._-:`)

/** Reads the host that AIX names in words, and gives the position behind its colon; `start` if it names none. */
export function readForwarded(text: string, start: number, message: SyslogMessage): number {
  const phrase = PHRASES.find(words => text.startsWith(words, start))
  if (phrase === undefined) return start
  const name = start + phrase.length
  const end = behindAll(NAME, text, name, MAX_NAME)
  if (end - name < 2 || text.charCodeAt(end - 1) !== COLON || text.charCodeAt(end) !== SPACE) return start
  // `From here: the rest` may be anybody's words.
  if (phrase === PHRASES[1] && !isTagAt(text, end + 1)) return start
  message.hostname = text.slice(name, end - 1)
  return end + 1
}
