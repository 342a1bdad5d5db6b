// What stands behind a time: HOSTNAME, and the name of the program.
//
// | in front of it                           | what is done                                                             |
// |------------------------------------------|--------------------------------------------------------------------------|
// | a TIMESTAMP                              | HOSTNAME (host.ts), behind any number of spaces, or in the words of AIX  |
// | one that ends in a colon, as Cisco       | the same, if it is an address, or a TAG follows: the debug text of a     |
// | writes it                                | device stands there more often (`Neighbor 192.0.2.7 went down`)          |
// | the same, and more of Cisco's in front   | HOSTNAME in front of a mnemonic only                                     |
// | of it (device-header.ts)                 |                                                                          |

import { isIP } from 'node:net'
import { isMnemonicAt, readHostname } from './host.ts'
import type { SyslogMessage } from './message.ts'
import { readOddTag } from './odd-tag.ts'
import { readForwarded } from './relayed.ts'
import { behindSpace, behindSpaces, COLON, SPACE } from './scan.ts'
import { isTagAt, readTag } from './tag.ts'

const [UPPER_F, UPPER_M] = [0x46, 0x4d]

/** Reads HOSTNAME behind a TIMESTAMP that ends at `end`, and gives the position of MSG. */
export function readHost(text: string, end: number, message: SyslogMessage): number {
  const start = behindSpace(text, end)
  const c = text.charCodeAt(start)
  if (c === UPPER_M || c === UPPER_F) {
    const forwarded = readForwarded(text, start, message)
    if (forwarded !== start) return forwarded
  }
  if (text.charCodeAt(end - 1) === COLON) return readHostBehindColon(text, start, message)
  if (c !== SPACE) return readHostname(text, start, message)
  const word = behindSpaces(text, start)
  const host = readHostname(text, word, message)
  return host === word ? start : host
}

function readHostBehindColon(text: string, start: number, message: SyslogMessage): number {
  const word = behindSpaces(text, start)
  const host = readHostname(text, word, message)
  if (host === word) return start
  const isAddress = isIP(message.hostname ?? '') !== 0
  if (isAddress || isTagAt(text, host) || isBeforeMnemonic(text, host)) return host
  message.hostname = undefined
  return start
}

/** `%SYS-5-CONFIG_I`, or `: %ASA-6-302013`. */
function isBeforeMnemonic(text: string, at: number): boolean {
  return isMnemonicAt(text, text.charCodeAt(at) === COLON ? at + 2 : at)
}

/** Reads what follows a header of Cisco's, and gives the position of CONTENT. */
export function behindDevice(text: string, start: number, message: SyslogMessage): number {
  const at = behindSpaces(text, start)
  if (message.hostname !== undefined) return behindTag(text, at, message)
  const host = readHostname(text, at, message)
  const hasColon = text.charCodeAt(start - 1) === COLON
  if (!hasColon || isBeforeMnemonic(text, host)) return behindTag(text, host, message)
  message.hostname = undefined
  return behindTag(text, at, message)
}

/** Reads a TAG of any form, and gives the position of CONTENT. */
export function behindTag(text: string, start: number, message: SyslogMessage): number {
  const tag = readTag(text, start, message)
  return tag === start ? readOddTag(text, start, message) : tag
}
