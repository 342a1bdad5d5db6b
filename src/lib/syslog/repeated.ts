// Messages that say how often another one was seen.
//
// | content                                   | what is done                                                        |
// |-------------------------------------------|---------------------------------------------------------------------|
// | `message repeated 5 times: [ text]`       | the count, and `text` as the content: it is the message again       |
// | `last message repeated 5 times`           | the count; the content stays, for the message is not in it          |
// | `--- last message repeated 1 time ---`    | the same                                                            |
// | `Last message 'text' repeated 5 times,`   | the same: of the message only its first 20 bytes are there          |
// | ` suppressed by syslog-ng on web1`        |                                                                     |

import { extrasOf, type SyslogMessage } from './message.ts'
import { behindSpace, DASH, SPACE } from './scan.ts'

const WRAPPED = / ?message repeated (\d{1,15}) times?: \[ ?/y
const LAST = /(?:--- )?last message repeated (\d{1,15}) times?(?: ---)?$/y
// An older syslog-ng writes `supressed`.
const SYSLOG_NG = /Last message '.{0,20}' repeated (\d{1,15}) times, supp?ressed by syslog-ng/sy
const [LOWER_L, UPPER_L, LOWER_M, CLOSE] = [0x6c, 0x4c, 0x6d, 0x5d]

/** Looks at each message: its first letter tells most of them apart. */
export function readRepeated(message: SyslogMessage): void {
  const { content } = message
  const c = content.charCodeAt(0)
  if (c === LOWER_M || c === SPACE) readWrapped(content, message)
  else if (c === LOWER_L || c === DASH) readLast(LAST, content, message)
  else if (c === UPPER_L) readLast(SYSLOG_NG, content, message)
}

function readWrapped(content: string, message: SyslogMessage): void {
  if (content.charCodeAt(behindSpace(content, 0)) !== LOWER_M) return
  if (content.charCodeAt(content.length - 1) !== CLOSE) return
  WRAPPED.lastIndex = 0
  const found = WRAPPED.exec(content)
  if (found === null) return
  extrasOf(message).repeated = Number(found[1])
  message.content = content.slice(WRAPPED.lastIndex, -1)
}

function readLast(pattern: RegExp, content: string, message: SyslogMessage): void {
  pattern.lastIndex = 0
  const found = pattern.exec(content)
  if (found !== null) extrasOf(message).repeated = Number(found[1])
}
