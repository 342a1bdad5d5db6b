// Messages that say how often another one was seen.
//
// | content                                   | what is done                                                        |
// |-------------------------------------------|---------------------------------------------------------------------|
// | `message repeated 5 times: [ text]`       | the count, and `text` as the content: it is the message again       |
// | `last message repeated 5 times`           | the count; the content stays, for the message is not in it          |
// | `--- last message repeated 1 time ---`    | the same                                                            |

import { extrasOf, type SyslogMessage } from './message.ts'
import { behindSpace, DASH, SPACE } from './scan.ts'

const WRAPPED = / ?message repeated (\d{1,15}) times?: \[ ?/y
const LAST = /(?:--- )?last message repeated (\d{1,15}) times?(?: ---)?$/y
const [LOWER_L, LOWER_M, CLOSE] = [0x6c, 0x6d, 0x5d]

/** Looks at each message: its first letter tells most of them apart. */
export function readRepeated(message: SyslogMessage): void {
  const { content } = message
  const c = content.charCodeAt(0)
  if (c === LOWER_M || c === SPACE) readWrapped(content, message)
  else if (c === LOWER_L || c === DASH) readLast(content, message)
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

function readLast(content: string, message: SyslogMessage): void {
  LAST.lastIndex = 0
  const found = LAST.exec(content)
  if (found !== null) extrasOf(message).repeated = Number(found[1])
}
