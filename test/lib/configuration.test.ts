import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Usage } from '../../src/lib/cli.ts'
import { readConfiguration } from '../../src/lib/configuration.ts'
import { Misuse } from '../../src/lib/errors.ts'
import { duration, flag, hostPort, repeatable, text, words } from '../../src/lib/options.ts'
import { processOptions } from '../../src/lib/process/options.ts'

const usage: Usage = {
  command: 'sluice-test',
  summary: 'Test it',
  groups: {
    Options: {
      listen: repeatable(hostPort('Receive here')),
      template: text('What is written', undefined, 'text'),
      batchDelay: duration('Wait so long', '5ms'),
      insecure: flag('Let others in'),
    },
    Process: processOptions,
  },
  version: '1.2.3',
  environment: true,
}
const running = { ...usage, argument: { name: '[chain]', help: 'the chain' } }
const commanding = { ...usage, groups: { ...usage.groups, More: { command: words('What to run') } } }

const read = (content: string, of = usage) => readConfiguration(content, '/etc/sluice/x.conf', of)
const flagsOf = (content: string, of = usage) => Object.fromEntries(read(content, of).flags)

describe('a line', () => {
  const cases: [line: string, flags: object][] = [
    ['listen :514', { listen: [':514'] }],
    ['--listen :514', { listen: [':514'] }],
    ['--listen=:514', { listen: [':514'] }],
    ['  listen\t :514  ', { listen: [':514'] }],
    ['listen :514\nlisten [::1]:6514', { listen: [':514', '[::1]:6514'] }],
    ['batch-delay 1s', { batchDelay: ['1s'] }],
    ['insecure', { insecure: ['true'] }],
    ['insecure no', { insecure: ['no'] }],
    ['template {host} {message}', { template: ['{host} {message}'] }],
    ["template '{host} \\n'", { template: ['{host} \\n'] }],
    ['template "a \\"b\\" # c"', { template: ['a "b" # c'] }],
    ['template ""', { template: [''] }],
    ["template 'a' and 'b'", { template: ["'a' and 'b'"] }],
    ["template it's", { template: ["it's"] }],
    ['template a#b', { template: ['a#b'] }],
    ['template a \\\n   b \\\n c', { template: ['a b c'] }],
    ['# listen :514\n\n   # more', {}],
    ['listen :514\r\nname edge\r\n', { listen: [':514'], name: ['edge'] }],
    ['', {}],
  ]
  for (const [line, flags] of cases) test(JSON.stringify(line), () => assert.deepEqual(flagsOf(line), flags))

  test('of the chain, and of the words of a command', () => {
    const chain = 'syslog-udp --listen :514 | syslog-json'
    assert.equal(read(`chain ${chain}`, running).argument, chain)
    assert.equal(read(`chain '${chain}'`, running).argument, chain)
    assert.equal(read(`chain "a --do 'x # y'"`, running).argument, "a --do 'x # y'")
    assert.equal(read('name x', running).argument, undefined)
    assert.deepEqual(flagsOf(`-- sh -c 'a | b' --x`, commanding), { command: ['sh', '-c', 'a | b', '--x'] })
  })
})

describe('what is wrong is named with its line, and what to write', () => {
  const cases: [content: string, message: RegExp, of?: Usage][] = [
    ['\n\nlisen :514', /:3: unknown option 'lisen' \(Did you mean listen\?\) \(see sluice-test --help\)$/],
    ['--Listen :514', /:1: unknown option 'Listen'/],
    ['nothing-like-it', /:1: unknown option 'nothing-like-it' \(see/],
    ['= x', /:1: unknown option ''/],
    ['-l :514', /:1: unknown option '-l'/],
    ['name a\nlisten nowhere', /:2: listen: "nowhere" is not host:port; write for example/],
    ['listen :514 # all', /:1: ":514 # all": a comment stands on a line of its own/],
    ['listen', /:1: listen: write a value behind it: listen <host:port>$/],
    ['insecure maybe', /:1: insecure: "maybe" is neither true nor false$/],
    ['name a\n# b\nname c', /:3: name: it stands in line 1 already$/],
    ["template 'a", /:1: the quote ' at character 1 is not closed/],
    ['config other.conf', /:1: config: a configuration file does not name another one$/],
    ['check', /:1: check: to check is asked for on the command line$/],
    ['help', /:1: unknown option 'help'/],
    ['chain a | b', /:1: unknown option 'chain'/],
    ['chain', /:1: chain: behind it stands what it is$/, running],
    ['chain a\nchain b', /:2: chain: it stands in line 1 already$/, running],
    ['chan a', /Did you mean chain\?/, running],
    ['-- a\n-- b', /:2: --: it stands in line 1 already$/, commanding],
    ["-- a 'b", /:1: the quote ' at character 3 is not closed/, commanding],
    ['-- a', /:1: unknown option '--'/],
    ['a \\\n b\nlisten x', /:1: unknown option 'a'/],
    ['template a \\\n b\nlisten x', /:3: listen/],
  ]
  for (const [content, message, of] of cases)
    test(JSON.stringify(content), () => {
      const isMisuse = (error: Error) =>
        error instanceof Misuse &&
        message.test(error.message) &&
        error.message.startsWith('/etc/sluice/x.conf:') &&
        !error.message.includes('\n')
      assert.throws(() => read(content, of), isMisuse)
    })
})

test('whatever a file says, it is read or is misuse', () => {
  const word = fc.constantFrom(
    'listen',
    '--',
    'chain',
    'insecure',
    '#',
    "'",
    '"',
    '\\',
    '=',
    ' ',
    '\n',
    '\r\n',
    'x',
  )
  fc.assert(
    fc.property(
      fc.array(fc.oneof(word, fc.string())).map(parts => parts.join('')),
      content => {
        try {
          read(content, { ...running, groups: commanding.groups })
        } catch (error) {
          assert.ok(error instanceof Misuse, String(error))
        }
      },
    ),
  )
})

test('a value in quotes is what it was', () => {
  fc.assert(
    fc.property(
      fc.string().filter(value => !/['\r\n\0]/.test(value) && !value.endsWith('\\')),
      value => assert.deepEqual(flagsOf(`template '${value}'`), { template: [value] }),
    ),
  )
})
