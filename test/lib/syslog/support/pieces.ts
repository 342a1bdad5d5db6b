// Pieces of headers as senders write them, glued together at random: such texts reach further into the parser than
// random ones.

import fc from 'fast-check'

const choice = (...words: string[]) => fc.constantFrom(...words)

const pri = choice('<13>', '<034>', '<191>', '<192>', '<13', '<', '<1234>', '<13> ')
const version = choice('1 ', '1 ', '1 ', '2 ', '0 ', '1')
const date = choice(
  ...[
    'Oct 11',
    'Oct  1',
    'Feb 29',
    'Feb 30',
    'OCT 11',
    'October 1',
    'Oct 11 2026',
    '2026 Oct 11',
    'Sun Oct 11',
  ],
  ...['2026-10-11', '2026/10/11', '2026-02-30', '0000-01-01', '9999-12-31'],
)
const clock = choice('22:14:15', '00:00:00', '23:59:60', '24:00:00', '2:14:15', '22:14')
const fraction = choice(
  '',
  '',
  '',
  '.5',
  ',123',
  '.',
  '.000003',
  `.${'1'.repeat(60)}`,
  ' PM',
  ' AM.5',
  ':123',
)
const zone = choice(
  '',
  '',
  '',
  'Z',
  '+02:00',
  '-0700',
  ' CEST',
  ' UTC',
  ' DST',
  ' +0200',
  ' 2026',
  ' CET 2026',
  ' TZ-6',
  ' -0700',
  '+9999',
  '+02:00 DST',
  ' MET-DST:',
  ' core:',
)
const time = fc.oneof(
  fc.tuple(date, choice(' ', 'T', ' '), clock, fraction, zone).map(parts => parts.join('')),
  choice('-', '1791756855', '1791756855.123', '1791756855123', '3w2d', '00:01:23', '1d02h'),
)
const host = choice(
  ...[
    'web1',
    '192.0.2.7',
    '::1',
    '2001:db8::7',
    'fe80::1%eth0',
    'a,b1',
    'slot1/bigip1',
    '-',
    'Oct',
    'UTC',
    '2026',
    '[192.0.2.7]',
    '("U7LT,a1")',
    '-0700',
  ],
  ...['Message forwarded from web1:', 'From web1:', 'sw1:', '192.0.2.7:', 'web1.', 'größe'],
)
const device = choice(
  ...[
    '35:',
    '000104:',
    ':',
    '*',
    '.',
    '*spamApTask1:',
    'RP/0/RSP0/CPU0:',
    '%SYS-5-CONFIG_I:',
    '%SYS-5-CONFIG_I',
    ': %',
    ': %ASA-6-302013:',
    '%$ VDC-1 %$',
    '[syslog@9 s_id="a:1"]:',
    '00:01:23.456:',
  ],
  ...['notice', '00179', 'CISE_Alarm', 'MSWinEventLog\t1\t', 'web1\tMSWinEventLog\t'],
)
const tag = choice(
  ...[
    'sshd[42]:',
    'sshd[42]',
    'app:',
    'a[]:',
    'a[-]:',
    '[42]',
    'My::App[1]:',
    'My::App:',
    'a/b:',
    'a::',
    '::',
    'Error:',
  ],
  ...['CEF:', 'app[1:2]:', 'app[', 'app]', 'app', 'app 42 ID', 'app - -'],
)
const element = choice(
  ...[
    '-',
    '[id a="1"]',
    '[id a="1" a="2"][id]',
    '[id a="\\"\\]\\\\"]',
    '[__proto__ a="1"]',
    '[id a="',
    '[',
    '[]',
    '[id ]',
  ],
  ...['[id a=1]', '[a="1"]', '[a:"1"; b:"2";]', '[id a= "1"]', '[id a="1"b]', '[id a]', '[ id]'],
)
const end = choice(
  ...[
    '\uFEFFtext',
    'text: x',
    '\ud800',
    'message repeated 5 times: [ text]',
    'last message repeated 2 times',
    '{"a":1}',
  ],
  ...[
    'CEF:0|a|b|c|d|e|f|g=h i=j k',
    'LEEF:2.0|a|b|c|d|^|e=f^g=h',
    'a="1" b=2',
    '@cee:{"@meta":{},"__proto__":{}}',
    '',
  ],
)
const glue = fc.oneof({ arbitrary: choice(' '), weight: 12 }, choice('', '  ', ':', ': ', '\t'))
const trail = choice('', '', '', '\n', '\r\n', '\0', '\r', '\n\0')

const often = <T>(piece: fc.Arbitrary<T>) => fc.option(piece, { freq: 8 })
const seldom = <T>(piece: fc.Arbitrary<T>) => fc.oneof({ arbitrary: fc.constant(null), weight: 4 }, piece)

/** The pieces in the order of a header, each of them missing at times. */
const ordered = fc
  .tuple(
    fc.tuple(often(pri), seldom(version)),
    fc.tuple(
      ...[
        seldom(device),
        often(time),
        often(host),
        seldom(device),
        seldom(device),
        seldom(time),
        seldom(host),
      ],
    ),
    fc.tuple(...[often(tag), seldom(element), fc.oneof(end, fc.string())]),
    ...[fc.array(glue, { minLength: 10, maxLength: 10 }), trail],
  )
  .map(([front, header, rest, glues, behind]) => {
    const pieces = [...header, ...rest].map((piece, n) =>
      piece === null ? '' : `${piece}${n < 9 ? glues[n] : ''}`,
    )
    return [...front, ...pieces, behind].join('')
  })

/** The same pieces in any order. */
const shuffled = fc
  .array(fc.tuple(fc.oneof(pri, version, time, host, device, tag, element, end), glue), {
    maxLength: 9,
    size: 'max',
  })
  .map(parts => parts.flat().join(''))

/** Any text, but mostly such that look like a header. */
export const anyText = fc.oneof(
  { arbitrary: ordered, weight: 5 },
  { arbitrary: shuffled, weight: 3 },
  fc.string({ unit: 'binary' }),
)
