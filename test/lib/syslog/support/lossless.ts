// Whether nothing of a text was lost: the message is in it, and all that stands in front of the message is in the other
// fields, but for what separates them.

import assert from 'node:assert/strict'
import { type Fields, PARSE_ERRORS } from '../../../../src/lib/syslog/index.ts'

/** What ends a datagram, and a BOM in front of it, are no part of the text. */
export function withoutEnds(text: string): string {
  return text.replace(/^\uFEFF/, '').replace(/[\r\n\0]+$/, '')
}

/** Throws unless the fields, in the classic schema, hold all of the text. */
export function assertLossless(text: string, fields: Fields): void {
  const whole = withoutEnds(text)
  const message = String(fields.message)
  if (fields.parse_error !== undefined) {
    assert.ok(String(fields.parse_error) in PARSE_ERRORS)
    assert.equal(message, whole)
    return
  }
  const end = message + (fields.syslog_repeated !== undefined && whole.endsWith(`${message}]`) ? ']' : '')
  assert.ok(whole.endsWith(end), 'the message is the end of the text')
  const header = whole.slice(0, whole.length - end.length)
  const rest = without(header, fields)
  assert.match(rest, SEPARATORS, `in no field: ${JSON.stringify(rest)} of ${JSON.stringify(header)}`)
}

/** What is between fields (`%$` for NX-OS), VERSION, which the classic schema leaves out, and zeros in front of numbers. */
const SEPARATORS = /^(?:[\s<>()[\]:;*.="\\\uFEFF-]|%\$|\b0+|\b1\b)*$/
/** A relay may say so as well. */
const FORWARDED = /(?<= )(?:Message forwarded from|From) /g
const REPEATED = / ?message repeated 0*\d+ times?: \[/

/** The header without the values of the fields, each taken away once, the longest first. */
function without(header: string, fields: Fields): string {
  let rest = header
  // Elements of one SD-ID are put together, so that it may be there more often. (`-` is made up where there is none.)
  for (const id of Object.keys(fields.structured_data ?? {})) {
    if (id !== '-') rest = rest.replace(new RegExp(`\\[ *${escapedPattern(id)}(?=[ \\]])`, 'g'), '[')
  }
  rest = rest.replace(FORWARDED, ' ')
  if (fields.syslog_repeated !== undefined) rest = rest.replace(REPEATED, ' ')
  for (const token of tokensOf(fields)) {
    const found = [token, escaped(token)].find(form => rest.includes(form)) ?? token
    rest = rest.replace(found, () => ' ')
  }
  return rest
}

const escapedPattern = (text: string) => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
const escaped = (value: string) => value.replace(/["\\\]]/g, '\\$&')

function tokensOf({ structured_data, ...scalars }: Fields): string[] {
  for (const name of DERIVED) delete scalars[name]
  const params = Object.values(structured_data ?? {}).flatMap(element => Object.entries(element as object))
  const tokens = [
    ...Object.values(scalars).map(String),
    ...params.flatMap(([name, value]) => [value].flat().flatMap(one => [name, String(one)])),
  ]
  return tokens.sort((a, b) => b.length - a.length)
}

/** What does not stand in the text as it stands in the field. */
const DERIVED = '@timestamp message syslog_facility syslog_severity syslog_clock syslog_uptime'.split(' ')
