// Raw syslog goes in (RFC 3164, RFC 5424 and what devices make of either), one JSON record a message comes out.
import { checked, choice, filter, type LogRecord, repeatable, text } from '../lib/index.ts'
import { createParseInto, createZone, PAYLOADS, type ParseError, parseNetwork } from '../lib/syslog/index.ts'

const NO_MESSAGE: ParseError = 'no-message'

export default filter({
  summary: 'Turn raw syslog messages into JSON records',
  examples: [
    "echo '<34>Oct 11 22:14:15 web1 sshd[42]: Failed password' | sluice-syslog-json",
    'sluice-syslog-json --pull-connect tcp://127.0.0.1:7000 \\\n    --push-bind tcp://127.0.0.1:7001',
    'sluice-syslog-json --timezone UTC --timezone-of 192.0.2.0/24=Europe/Paris',
  ],
  options: {
    schema: choice(
      'Names of the fields: classic syslog, or Elastic Common Schema',
      ['classic', 'ecs'],
      'classic',
    ),
    timezone: checked(
      text('Zone of senders that do not state one: local, UTC, +02:00, Europe/Paris', 'local', 'zone'),
      createZone,
    ),
    timezoneOf: repeatable(
      checked(
        text('Zone of senders in a network; the longest prefix counts', undefined, 'network=zone'),
        written => parseNetwork(written ?? ''),
      ),
    ),
    payload: repeatable(
      choice('What is opened in messages, as a field beside them', [...PAYLOADS, 'none'], 'none'),
    ),
  },
  keepsBytes: true,
  open({ schema, timezone, timezoneOf, payload }, { count }) {
    const parseInto = createParseInto({
      ...{ schema, timezone, timezoneOf: timezoneOf.map(parseNetwork) },
      payload: payload.filter(kind => kind !== 'none'),
      strangersMeta: () => (count as (counter: string) => void)('strangersMeta'),
    })
    return record => {
      const { message, '@meta': meta } = record
      // A record of somebody else that has no text in it: nothing is dropped, and its fields say enough.
      if (typeof message !== 'string') return { ...record, parse_error: NO_MESSAGE }
      return parseInto(withoutMessage(record), message, meta.received ?? Date.now(), meta.peer)
    }
  },
})

/** The other fields of a record that is not ours stay. (By rest, not by assignment: a key may be `__proto__`.) */
function withoutMessage(record: LogRecord): LogRecord {
  for (const key in record) {
    if (key === '@meta' || key === 'message') continue
    const { message: _, ...rest } = record
    return rest as LogRecord
  }
  // Most have nothing else; a fifth of the time that parsing takes is saved by not asking for the rest.
  return { '@meta': record['@meta'] }
}
