import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatEndpoint, parseEndpoint } from '../../src/lib/endpoint.ts'
import { Misuse } from '../../src/lib/errors.ts'
import type { Direction, Mode } from '../../src/lib/schemes.ts'

test('endpoints', () => {
  const table: [string, Direction, Mode, string, string, object][] = [
    ['-', 'pull', 'connect', '-', '-', {}],
    ['-?format=pretty', 'push', 'connect', '-', '-', { format: 'pretty' }],
    ['tcp://127.0.0.1:7000', 'pull', 'bind', 'tcp', 'tcp://127.0.0.1:7000', {}],
    ['tcp://[::1]:7000', 'pull', 'bind', 'tcp', 'tcp://[::1]:7000', {}],
    ['tcp://127.0.0.1:*', 'push', 'bind', 'tcp', 'tcp://127.0.0.1:*', {}],
    ['tcp://127.0.0.1:0', 'push', 'bind', 'tcp', 'tcp://127.0.0.1:*', {}],
    ['tcp://parser.example:7000', 'push', 'connect', 'tcp', 'tcp://parser.example:7000', {}],
    ['tcp://h:1?framing=record', 'push', 'connect', 'tcp', 'tcp://h:1', { framing: 'record' }],
    ['tcp://h:1?framing=text', 'pull', 'connect', 'tcp', 'tcp://h:1', { framing: 'text' }],
    ['tcp://h:1?', 'pull', 'connect', 'tcp', 'tcp://h:1', {}],
    ['ipc:///run/sluice/a.ipc', 'pull', 'bind', 'ipc', 'ipc:///run/sluice/a.ipc', {}],
    ['ipc://@abstract', 'pull', 'bind', 'ipc', 'ipc://@abstract', {}],
    [
      'pub+tcp://h:1?topic={app}.{type}&format=frames',
      'push',
      'connect',
      'pub+tcp',
      'tcp://h:1',
      { topic: '{app}.{type}', format: 'frames' },
    ],
    ['pub+ipc:///x', 'push', 'bind', 'pub+ipc', 'ipc:///x', {}],
    ['sub+tcp://h:1?topic=a&topic=b.*,c', 'pull', 'connect', 'sub+tcp', 'tcp://h:1', { topic: 'a,b.*,c' }],
    ['file:///var/log/a%20b', 'pull', 'connect', 'file', '/var/log/a b', {}],
  ]
  for (const [text, direction, mode, scheme, address, query] of table)
    assert.deepEqual(parseEndpoint(text, direction, mode), { direction, mode, scheme, address, query }, text)
})

test('misuse says what to type instead, under the flag that was typed', () => {
  const table: [string, Direction, Mode, RegExp][] = [
    ['', 'pull', 'bind', /^--pull-bind : an endpoint is ack\+tcp:/],
    ['7000', 'pull', 'connect', /^--pull-connect 7000: an endpoint is ack\+tcp:/],
    ['http://x', 'push', 'connect', /an endpoint is ack\+tcp:/],
    ['TCP://x:1', 'push', 'connect', /an endpoint is ack\+tcp:/],
    ['nats://h:1', 'pull', 'connect', /nats:\/\/ is not in this version/],
    ['sub+tcp://h:1', 'push', 'connect', /subscribes, on the pull side; to publish, write pub\+tcp/],
    ['pub+ipc:///x', 'pull', 'bind', /publishes, on the push side; .* write sub\+ipc/],
    ['pub+tcp://h:1?topic={', 'push', 'connect', /a field is \{name\}/],
    ['pub+tcp://h:1?format=lines', 'push', 'connect', /format=lines: write one of joined, frames/],
    ['pub+tcp://h:1?encoding=xml', 'push', 'connect', /encoding=xml: write one of json, msgpack/],
    ['pub+tcp://h:1?topic=a&topic=b', 'push', 'connect', /: topic is given twice; write it once/],
    ['ack+tcp://h:1?window=1MiB&window=2MiB', 'pull', 'connect', /: window is given twice; write it once/],
    ['sub+tcp://h:1?queue=10&queue=10', 'pull', 'connect', /: queue is given twice; write it once/],
    ['pub+tcp://h:1?queue=0', 'push', 'connect', /queue=0: write how many events may wait, 1 to 999999/],
    ['sub+tcp://h:1?queue=64KiB', 'pull', 'connect', /queue=64KiB: write how many events may wait/],
    ['tcp://h:1?queue=10', 'push', 'connect', /unknown query key "queue"; it is for .*pub\+tcp:\/\//],
    ['sub+tcp://h:1?topic=a,,b', 'pull', 'connect', /the topic is empty; leave it out for all topics/],
    ['sub+tcp://h:1?encoding=json', 'pull', 'connect', /unknown query key "encoding"; it is for/],
    [
      'tcp://h:1?framing=batch&encoding=msgpack',
      'push',
      'connect',
      /framing=batch is not for encoding=msgpack/,
    ],
    ['-?format=text&encoding=msgpack', 'push', 'connect', /format=text is not for encoding=msgpack/],
    ['ack+tcp://h:1?window=1KiB', 'pull', 'connect', /window=1KiB: at least 64KiB/],
    ['ack+tcp://h:1?window=much', 'pull', 'connect', /"much" is not a size/],
    [
      'ack+tcp://h:1?window=1MiB',
      'push',
      'connect',
      /"window"; it is for --pull-… ack\+tcp:\/\/, --pull-… ack\+ipc/,
    ],
    ['ack+tcp://0.0.0.0:1', 'pull', 'bind', /--insecure/],
    ['-', 'pull', 'bind', /^--pull-bind -: - cannot bind; write --pull-connect -$/],
    ['file:///x', 'push', 'bind', /file:\/\/ cannot bind; write --push-connect file:\/\/\/x/],
    ['file://x', 'push', 'connect', /three slashes/],
    ['file:///100%', 'push', 'connect', /a % in the path is written %25/],
    ['tcp://h', 'push', 'connect', /write tcp:\/\/HOST:PORT/],
    ['ack+tcp://h:1/', 'push', 'connect', /write ack\+tcp:\/\/HOST:PORT/],
    ['tcp://h:65536', 'push', 'connect', /a port is at most 65535/],
    ['tcp://h:1/path', 'push', 'connect', /write tcp:\/\/HOST:PORT/],
    ['tcp://a!b:1', 'push', 'connect', /write tcp:\/\/HOST:PORT/],
    ['tcp://bücher.example:1', 'push', 'connect', /write tcp:\/\/HOST:PORT/],
    ['tcp://:1', 'push', 'connect', /write tcp:\/\/HOST:PORT/],
    ['tcp://*:1', 'push', 'connect', /a host and a port are needed/],
    ['tcp://h:*', 'push', 'connect', /a host and a port are needed/],
    ['tcp://*:1', 'pull', 'bind', /say --insecure where the network is trusted/],
    ['tcp://10.0.0.1:1', 'push', 'bind', /--insecure/],
    ['tcp://[::]:1', 'push', 'bind', /--insecure/],
    ['tcp://127.evil.example:1', 'push', 'bind', /--insecure/],
    ['ipc://', 'pull', 'bind', /write ipc:\/\/PATH/],
    [`ipc:///${'ä'.repeat(54)}`, 'pull', 'bind', /the path has 109 bytes; a unix socket's has 107 at most/],
    ['tcp://h:1?framing=record', 'pull', 'connect', /framing=record: write one of batch, text/],
    ['tcp://h:1?framing', 'push', 'connect', /framing=: write one of batch, record, text/],
    ['tcp://h:1?windows=1', 'push', 'connect', /unknown query key "windows"; known here: framing/],
    [
      '-?format=pretty',
      'pull',
      'connect',
      /unknown query key "format"; it is for --push-… -, --push-… pub\+tcp:\/\/, .*--push-… file:\/\//,
    ],
    ['tcp://h:1?__proto__=x', 'push', 'connect', /unknown query key "__proto__"/],
    ['tcp://h:1?constructor=x', 'push', 'connect', /unknown query key "constructor"/],
  ]
  for (const [text, direction, mode, message] of table) {
    const misuse = (error: Error) => error instanceof Misuse && message.test(error.message)
    assert.throws(() => parseEndpoint(text, direction, mode), misuse, `${direction} ${mode} ${text}`)
  }
})

test('--insecure lets others reach it', () => {
  assert.equal(parseEndpoint('tcp://*:7000', 'pull', 'bind', { insecure: true }).address, 'tcp://*:7000')
})

test('bug: names that every object inherits were schemes', () => {
  assert.throws(() => parseEndpoint('constructor://x', 'pull', 'bind'), Misuse)
})

test('what is shown can be typed again', () => {
  const same = (text: string, direction: Direction, mode: Mode) => {
    const endpoint = parseEndpoint(text, direction, mode)
    assert.deepEqual(parseEndpoint(formatEndpoint(endpoint), direction, mode), endpoint)
  }
  for (const text of [
    '-',
    'pub+tcp://h:1?topic={type}&encoding=msgpack',
    '-?format=ndjson',
    'tcp://h:1?framing=text',
    'ipc:///a?framing=record',
  ])
    same(text, 'push', 'connect')
  assert.equal(
    formatEndpoint(parseEndpoint('tcp://h:1?framing=text', 'push', 'connect')),
    'tcp://h:1?framing=text',
  )
})

test('bug: the path of a file with % or ? in it was shown as another path', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), path => {
      const endpoint = parseEndpoint(`file:///${encodeURIComponent(path)}`, 'push', 'connect')
      assert.equal(endpoint.address, `/${path}`)
      assert.deepEqual(parseEndpoint(formatEndpoint(endpoint), 'push', 'connect'), endpoint)
    }),
  )
})
