import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseArguments, type Usage } from '../../src/lib/cli.ts'
import { Misuse } from '../../src/lib/errors.ts'
import { bytes, choice, flag, repeatable, text, words } from '../../src/lib/options.ts'

const usage: Usage = {
  command: 'sluice-test',
  summary: 'Test it',
  groups: {
    Options: {
      pushConnect: repeatable(text('Send there', undefined, 'endpoint')),
      schema: choice('Names of the fields', ['classic', 'ecs'], 'classic'),
    },
    Buffer: { batchBytes: bytes('Join up to this size', '64KiB'), insecure: flag('Let others in') },
  },
  examples: ['sluice-test --schema ecs'],
  version: '1.2.3',
  environment: true,
}

const flagsOf = (...args: string[]) => {
  const typed = parseArguments(usage, args)
  assert.equal(typed.print, undefined)
  return Object.fromEntries(typed.flags!)
}

test('what was typed, as often as it was typed, and nothing else', () => {
  assert.deepEqual(flagsOf(), {})
  assert.deepEqual(flagsOf('--push-connect', 'a', '--schema=ecs', '--push-connect=b'), {
    pushConnect: ['a', 'b'],
    schema: ['ecs'],
  })
  assert.deepEqual(flagsOf('--batch-bytes', '1', '--batch-bytes', '2'), { batchBytes: ['1', '2'] })
})

test('a switch has no value', () => {
  assert.deepEqual(flagsOf('--insecure'), { insecure: ['true'] })
  assert.deepEqual(flagsOf('--insecure', '--insecure'), { insecure: ['true', 'true'] })
  assert.throws(() => flagsOf('--insecure', 'false'), Misuse)
})

test('a value may begin with a dash', () => {
  assert.deepEqual(flagsOf('--push-connect', '-'), { pushConnect: ['-'] })
  assert.deepEqual(flagsOf('--push-connect', '-?format=pretty'), { pushConnect: ['-?format=pretty'] })
  assert.deepEqual(flagsOf('--push-connect=-', '--schema', ''), { pushConnect: ['-'], schema: [''] })
})

test('from the first word on all belongs to the command, behind -- in any case', () => {
  const runs = { ...usage, groups: { ...usage.groups, More: { command: words('What to run') } } }
  const typed = (...args: string[]) => {
    const { flags } = parseArguments(runs, args) as { flags: ReadonlyMap<string, readonly string[]> }
    return Object.fromEntries(flags)
  }
  const flags = { schema: ['ecs'] }
  const command = ['grep', '-v', '--schema', '--', '-x']
  assert.deepEqual(typed('--schema', 'ecs'), flags)
  assert.deepEqual(typed('--schema', 'ecs', '--', ...command), { ...flags, command })
  assert.deepEqual(typed('--schema', 'ecs', ...command), { ...flags, command })
  assert.deepEqual(typed('--', '-x', '--'), { command: ['-x', '--'] })
  assert.throws(() => typed('--shema', '--', 'grep'), /Did you mean --schema/)
  const help = parseArguments(runs, ['--help']).print!
  assert.match(help, /^Usage: sluice-test \[options\] -- command \[argument...\]$/m)
  assert.match(help, /^ +command +What to run$/m)
  assert.doesNotMatch(help, /--command/)
})

test('misuse names what is wrong, with a suggestion, on one line', () => {
  const table: [string[], RegExp][] = [
    [['--shema', 'ecs'], /^unknown option '--shema' \(Did you mean --schema\?\) \(see sluice-test --help\)$/],
    [['--nothing-like-it'], /^unknown option '--nothing-like-it' \(see/],
    [['--batch-bytes'], /'--batch-bytes <size>' argument missing/],
    [['word'], /^"word": it takes no words, only options \(see sluice-test --help\)$/],
    [['--', '--schema'], /^"--schema": it takes no words/],
    [['-x'], /unknown option '-x'/],
    [['--no-insecure'], /unknown option '--no-insecure'/],
    [['--sch', 'ecs'], /unknown option '--sch'/],
  ]
  for (const [args, message] of table) {
    const misuse = (error: Error) =>
      error instanceof Misuse && message.test(error.message) && !/\n/.test(error.message)
    assert.throws(() => parseArguments(usage, args), misuse, args.join(' '))
  }
})

test('--help shows everything, and is not a failure', () => {
  for (const word of ['--help', '-h']) {
    const { print } = parseArguments(usage, ['--schema', 'ecs', word])
    for (const part of ['Usage: sluice-test [options]', 'Test it', 'Options:', 'Buffer:', 'SLUICE_LOG_LEVEL'])
      assert.ok(print?.includes(part), part)
    assert.match(print!, /--push-connect <endpoint> +Send there \(repeatable\)/)
    assert.match(print!, /--schema <word> +Names of the fields \(classic, ecs; default:\s+classic\)/)
    assert.match(print!, /--batch-bytes <size> +Join up to this size \(default: 64KiB\)/)
    assert.match(print!, /--insecure +Let others in\n/)
    assert.match(print!, /Examples:\n {2}sluice-test --schema ecs\n/)
  }
  assert.ok(!parseArguments({ ...usage, environment: false }, ['-h']).print?.includes('SLUICE_'))
})

test('--version', () => {
  for (const word of ['--version', '-V']) assert.equal(parseArguments(usage, [word]).print, '1.2.3\n')
})

test('an argument', () => {
  const run = { ...usage, argument: { name: '<chain>', help: 'the chain' } }
  const typed = parseArguments(run, ['--insecure', 'a | b'])
  assert.equal(typed.print === undefined && typed.argument, 'a | b')
  assert.throws(() => parseArguments(run, []), /missing required argument 'chain'/)
  assert.throws(() => parseArguments(run, ['a', 'b']), /"b" is a word too many/)
  const quoted = { ...run, argument: { ...run.argument, tooMany: 'write quotes' } }
  assert.throws(() => parseArguments(quoted, ['a', '|', 'b']), /^Misuse: write quotes \(see/)
  assert.match(parseArguments(run, ['-h']).print!, /Usage: sluice-test \[options\] <chain>/)
})

test('a word where a file is meant: what to write instead', () => {
  const files = { ...usage, groups: { Options: { file: text('Read it', undefined, 'path') } } }
  assert.throws(() => parseArguments(files, ['a.log']), /"a.log": write --file a.log \(see/)
})

test('help is --help, but not where words are a command to be run', () => {
  const printed = parseArguments(usage, ['--help']).print
  assert.equal(parseArguments(usage, ['help']).print, printed)
  const runs = { ...usage, groups: { More: { command: words('What to run') } } }
  assert.deepEqual(parseArguments(runs, ['help']).words, ['help'])
})

test('bug: lines of an example lost their indent, and quoted text was broken', () => {
  const long = 'What is written of each of the records, as in "{host} {severity} {message}"'
  const help = parseArguments(
    {
      ...usage,
      groups: { Options: { template: text(long, undefined, 'text') } },
      examples: ['# first\nsluice-test'],
    },
    ['--help'],
  ).print!
  assert.match(help, /^Examples:\n {2}# first\n {2}sluice-test$/m)
  assert.match(help, /"\{host\} \{severity\} \{message\}"/)
})

test('bug: a default was shown that is empty, and a second one beside that in words', () => {
  const options = {
    prefix: text('In front of names', ''),
    store: text('Where (default: a file)', 'sqlite:'),
    zone: text('Zone', 'UTC'),
  }
  const { print = '' } = parseArguments({ ...usage, groups: { Options: options } }, ['--help'])
  assert.doesNotMatch(print, /default: \)|sqlite:/)
  assert.match(print, /\(default: a file\)\n[\s\S]*\(default: UTC\)/)
})
