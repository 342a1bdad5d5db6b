// What a syslog message says, in the words of RFC 5424 and before any schema names it.

import type { StructuredData } from './structured-data.ts'

/**
 * What could not be read, one word each. The content is then the whole text, PRI included; the fields that could
 * be read are there all the same.
 */
export const PARSE_ERRORS = {
  empty: 'nothing but line ends and NULs was sent',
  'no-message': 'the record has no text to parse',
  'no-pri': 'there is neither a PRI nor a TIMESTAMP in front of the text',
  'bad-pri': 'PRI is not one to three digits up to 191 in angle brackets',
  'bad-version': 'the header is that of RFC 5424, but VERSION is not 1',
  'bad-timestamp': 'there is no such time (Feb 30), or it has no form that is known',
  'bad-header': 'HOSTNAME, APP-NAME, PROCID or MSGID is missing, empty or longer than 255 characters',
  'bad-structured-data': 'STRUCTURED-DATA does not end, or has a faulty name or value',
} as const

export type ParseError = keyof typeof PARSE_ERRORS

/** One message as it was read. `undefined` is what was not sent, and what was sent as NILVALUE. */
export interface SyslogMessage {
  /** When it was received, epoch milliseconds: the year of an RFC 3164 TIMESTAMP depends on it. */
  readonly received: number
  priority: number | undefined
  version: string | undefined
  /** ISO 8601, UTC, with at least milliseconds. */
  time: string | undefined
  /** TIMESTAMP as it was sent. */
  timestamp: string | undefined
  hostname: string | undefined
  /** APP-NAME, or the TAG of RFC 3164 without the process id. */
  appName: string | undefined
  procId: string | undefined
  msgId: string | undefined
  structuredData: StructuredData | undefined
  /** What only some senders say. */
  extras: Extras | undefined
  /** MSG, or the CONTENT of RFC 3164; the whole text if there is an error. */
  content: string
  error: ParseError | undefined
}

/** What is in no RFC, and yet in front of messages. */
export interface Extras {
  /** How many messages the device has sent to this receiver (Cisco, the first number). */
  counter?: number
  /** The number of the message on the device (Cisco, `service sequence-numbers`). */
  sequence?: number
  /** Cisco's mark in front of the time: `*` says that the clock was never set right, `.` that it has lost its source. */
  clock?: 'unsynchronized' | 'holdover'
  /** Seconds since the device was started, where it says that in the place of the time. */
  uptime?: number
  /** The part of the device that speaks: `RP/0/RSP0/CPU0`. */
  node?: string
  /** The task of the device that speaks (Cisco WLC). */
  task?: string
  /** The severity as a word of its own in front of the TAG. */
  level?: string
  /** How often the message was seen. */
  repeated?: number
  /** The header that somebody else put in front of the sender's own. */
  relay?: Relay
}

export interface Relay {
  hostname?: string
  timestamp?: string
  priority?: number
}

/**
 * Reads the TIMESTAMP at `start` into `message.timestamp` and `message.time`. ABSENT: the text has another
 * form, which must cost next to nothing to find out. invalidUntil: the form is right, and there is no such time.
 */
export type TimestampFormat = (text: string, start: number, message: SyslogMessage) => number

export function createMessage(content: string, received: number): SyslogMessage {
  return {
    received,
    priority: undefined,
    version: undefined,
    time: undefined,
    timestamp: undefined,
    hostname: undefined,
    appName: undefined,
    procId: undefined,
    msgId: undefined,
    structuredData: undefined,
    extras: undefined,
    content,
    error: undefined,
  }
}

/** The extras of the message, to write into. */
export function extrasOf(message: SyslogMessage): Extras {
  message.extras ??= {}
  return message.extras
}
