import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { PARSE_ERRORS } from '../../src/daemons/parse/outcome.ts'
import { FORMATS } from '../../src/daemons/parse/tools.ts'
import daemon from '../../src/daemons/parse.ts'
import type { LogRecord } from '../../src/lib/index.ts'
import { orSkip } from '../servers/available.ts'
import { startRsyslog } from '../servers/rsyslog.ts'
import { until } from '../servers/support.ts'
import { drive } from '../support/drive.ts'
import { freePort } from '../support/port.ts'
import { root, Sluice } from '../support/process.ts'

/** The fields of records whose texts went through the daemon. */
async function parse(flags: string[], ...texts: string[]) {
  await using stage = await drive(daemon, ...flags)
  await stage.push(texts)
  return stage.out.map(fieldsOf)
}

function fieldsOf({ '@meta': _, ...fields }: LogRecord) {
  return fields
}

/** Flags with which each format can run. */
const NEEDED: { readonly [format: string]: string[] } = {
  delimited: ['--fields', 'a:int,b'],
  csv: ['--fields', 'a:int,b'],
  regex: ['--pattern', '(?<a>\\w+)=(?<b>[^ ]*)$'],
  grok: ['--pattern', '%{COMBINEDAPACHELOG}'],
}

describe('sluice-parse', () => {
  test('passes what is not so, drops it or makes it a dead letter, and counts it', async () => {
    for (const unmatched of ['pass', 'drop', 'reject']) {
      await using stage = await drive(daemon, '--unmatched', unmatched)
      const receipt = await stage.push(['{"a":1}', 'no JSON', { level: 'info' }])
      assert.equal(stage.stage.counters.get('unmatched'), 2)
      const errors = stage.out.slice(1).map(({ parse_error }) => parse_error)
      assert.deepEqual(errors, unmatched === 'pass' ? ['not-json', 'no-text'] : [])
      if (unmatched === 'drop') assert.deepEqual(receipt, { sent: 1, 'dropped:unmatched': 2 })
      if (unmatched !== 'reject') continue
      assert.deepEqual(
        stage.rejected.map(({ message, '@meta': { dead } }) => [message, dead?.reason, dead?.detail]),
        [
          ['no JSON', 'not-json', PARSE_ERRORS['not-json']],
          [undefined, 'no-text', PARSE_ERRORS['no-text']],
        ],
      )
    }
  })

  test('bug: --remove took text that is in no field', async () => {
    const grok = ['grok', '--pattern', '%{IP:client} %{WORD:method}']
    const table: [flags: string[], text: string, fields: object][] = [
      [
        ['kv'],
        'user ann logged in from=10.0.0.1',
        { from: '10.0.0.1', message: 'user ann logged in from=10.0.0.1' },
      ],
      [['kv'], ' a=1  b="2 3" ', { a: '1', b: '2 3' }],
      [['kv'], 'a="1"x', { a: '1', message: 'a="1"x' }],
      [['kv'], 'a=1 =2', { a: '1', message: 'a=1 =2' }],
      [['kv', '--pair-separator', ';'], 'a=1; b=2; ;', { a: '1', b: '2' }],
      [['kv', '--pair-separator', ';'], 'a=1; b', { a: '1', message: 'a=1; b' }],
      [['regex', '--pattern', 'a=(?<a>.)'], 'x a=1', { a: '1', message: 'x a=1' }],
      [['regex', '--pattern', 'a=(?<a>.)'], 'a=1', { a: '1' }],
      [grok, '192.0.2.7 GET 512', { client: '192.0.2.7', method: 'GET', message: '192.0.2.7 GET 512' }],
      [grok, '192.0.2.7 GET', { client: '192.0.2.7', method: 'GET' }],
    ]
    for (const [flags, text, fields] of table)
      assert.deepEqual(await parse(['--remove', '--as', ...flags], text), [fields], text)
  })

  test('a record that is not taken apart is the same, but for the error', async () => {
    await using stage = await drive(daemon, '--as', 'kv', '--remove', '--into', 'x')
    await stage.push([{ message: 'no pair', level: 'info', '@meta': { id: 'a', received: 1, peer: 'p' } }])
    assert.deepEqual(stage.out, [
      {
        '@meta': { id: 'a', received: 1, peer: 'p' },
        message: 'no pair',
        level: 'info',
        parse_error: 'no-match',
      },
    ])
  })

  test('--field names where the text is; the other fields stay', async () => {
    await using stage = await drive(daemon, '--as', 'kv', '--field', 'query', '--remove')
    await stage.push([{ message: 'm', query: 'a=1 message=n', b: 2 }])
    assert.deepEqual(stage.out.map(fieldsOf), [{ message: 'n', b: 2, a: '1' }])
  })

  test('--conflict keep: what the record has stays', async () => {
    await using stage = await drive(daemon, '--conflict', 'keep')
    await stage.push([{ message: '{"host":"forged","user":"ann"}', host: 'web1' }])
    assert.deepEqual(stage.out.map(fieldsOf), [
      { message: '{"host":"forged","user":"ann"}', host: 'web1', user: 'ann' },
    ])
  })

  test("a stranger's @meta is renamed and counted, and the record keeps its own", async () => {
    await using stage = await drive(daemon)
    await stage.push([{ message: '{"@meta":{"id":"forged"}}', '@meta': { id: 'real' } }])
    assert.equal(stage.out[0]!['@meta'].id, 'real')
    assert.deepEqual(stage.out[0]!._meta, { id: 'forged' })
    assert.equal(stage.stage.counters.get('renamedMeta'), 1)
  })

  test('a value that is left out is counted, and its text is kept', async () => {
    await using stage = await drive(daemon, '--as', 'csv', '--fields', 'message,n:int', '--remove')
    await stage.push(['a,1', 'b,many'])
    assert.deepEqual(stage.out.map(fieldsOf), [
      { message: 'a', n: 1 },
      { message: 'b', original: 'b,many', parse_error: 'bad-value' },
    ])
    assert.equal(stage.stage.counters.get('incomplete'), 1)
  })

  test('--types are those of what is in the text, not of what the record has beside it', async () => {
    await using stage = await drive(daemon, '--types', 'status=int,n=int,at=time')
    await stage.push([
      { message: '{"n":"7"}', status: 'n/a', at: '-' },
      { message: '{"n":"-","at":"","x":"-"}' },
      { message: '{"n":"x"}', n: 'kept' },
    ])
    assert.deepEqual(stage.out.map(fieldsOf), [
      { message: '{"n":"7"}', status: 'n/a', at: '-', n: 7 },
      { message: '{"n":"-","at":"","x":"-"}', x: '-' },
      { message: '{"n":"x"}', n: 'kept', parse_error: 'bad-value' },
    ])
    assert.deepEqual(await parse(['--conflict', 'keep', '--types', 'message=int'], '{"message":"7"}'), [
      { message: '{"message":"7"}' },
    ])
  })

  test('kv: each value of a key that comes again has its type', async () => {
    const flags = ['--as', 'kv', '--types', 'n=int', '--trim', '--remove']
    assert.deepEqual(await parse(flags, 'n=1 n=- n=2 a=" x " a=y', 'n=1 n=x', 'n=- n='), [
      { n: [1, 2], a: ['x', 'y'] },
      { message: 'n=1 n=x', n: [1], parse_error: 'bad-value' },
      {},
    ])
  })

  test('grok: [a][b] is b in a, and a.b a key that has the dot', async () => {
    const flags = ['--as', 'grok', '--remove']
    const pattern = [
      '--pattern',
      '%{IP:[source][ip]} %{INT:[source][port]:int} %{WORD:a.b} %{WORD:[__proto__][x]}',
    ]
    const text = '192.0.2.7 22 c d'
    assert.deepEqual(await parse([...flags, ...pattern], text), [
      JSON.parse('{"source":{"ip":"192.0.2.7","port":22},"a.b":"c","__proto__":{"x":"d"}}'),
    ])
    for (const conflict of ['overwrite', 'keep']) {
      await using stage = await drive(daemon, ...flags, ...pattern, '--conflict', conflict)
      await stage.push([
        { message: text, source: { ip: 'x', y: 1 } },
        { message: text, source: 'text' },
      ])
      assert.deepEqual(
        stage.out.map(({ source }) => source),
        conflict === 'keep'
          ? [{ ip: 'x', y: 1, port: 22 }, 'text']
          : [
              { ip: '192.0.2.7', y: 1, port: 22 },
              { ip: '192.0.2.7', port: 22 },
            ],
      )
    }
  })

  test('what the record calls error or original is not written over', async () => {
    const error = { message: 'of the application' }
    await using stage = await drive(daemon, '--schema', 'ecs')
    await stage.push([{ message: 'no JSON', error }, { message: 'no JSON' }])
    const said = { type: 'not-json', message: PARSE_ERRORS['not-json'] }
    assert.deepEqual(stage.out.map(fieldsOf), [
      { message: 'no JSON', error, _error: said },
      { message: 'no JSON', error: said },
    ])
    const flags = ['--as', 'csv', '--fields', 'message,original,n:int', '--remove']
    assert.deepEqual(await parse(flags, 'a,b,many'), [
      { message: 'a', original: 'b', _original: 'a,b,many', parse_error: 'bad-value' },
    ])
  })

  test('the year of a time without one is the nearest to reception', async () => {
    await using stage = await drive(daemon, '--as', 'kv', '--time-field', 't', '--timezone', 'UTC')
    const text = (message: string, received: number) => ({ message, '@meta': { received } })
    await stage.push([
      text('t="Dec 31 23:59:59"', Date.UTC(2026, 0, 1)),
      text('t="Dec 31 23:59:59"', Date.UTC(2026, 10, 1)),
      text('t="Feb 29 00:00:00"', Date.UTC(2027, 0, 1)),
    ])
    assert.deepEqual(
      stage.out.map(record => record['@timestamp']),
      ['2025-12-31T23:59:59.000Z', '2026-12-31T23:59:59.000Z', '2028-02-29T00:00:00.000Z'],
    )
  })

  test('--patterns: definitions of the user, which may use ours and go before them', async t => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-parse-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'own')
    writeFileSync(file, '# ours\n\nORDER order-%{INT:order:int}\nWORD [a-z]+\n')
    const flags = ['--as', 'grok', '--patterns', file, '--pattern', '^%{ORDER} %{WORD:state}$', '--remove']
    assert.deepEqual(await parse(flags, 'order-42 open', 'order-42 Open'), [
      { order: 42, state: 'open' },
      { message: 'order-42 Open', parse_error: 'no-match' },
    ])
  })

  test('what does not go together is misuse that says what to type', async () => {
    const table: [flags: string[], message: RegExp][] = [
      [['--as', 'csv'], /--as csv needs names: write for example --fields facility:int/],
      [['--as', 'grok'], /--as grok needs a pattern: write for example --pattern '%\{IP:client\}/],
      [['--as', 'json', '--pattern', 'x'], /--pattern says nothing to --as json; it is for regex and grok/],
      [['--as', 'kv', '--delimiter', ','], /--delimiter says nothing to --as kv/],
      [
        ['--as', 'csv', '--fields', 'a:number'],
        /"number" is not a type; it is one of text, int, float, bool, time/,
      ],
      [['--types', 'a'], /"a" is not NAME=TYPE; write for example status=int/],
      [['--as', 'regex', '--pattern', '(?<a>'], /"\(\?<a>" is not a pattern of RE2: missing closing \)/],
      [['--as', 'regex', '--pattern', '(?<a>.)\\1'], /invalid escape sequence/],
      [['--as', 'regex', '--pattern', 'abc'], /"abc" names no field; write for example \(\?<user>/],
      [['--as', 'grok', '--pattern', '%{NOPE:a}'], /%\{NOPE\} is not known/],
      [['--as', 'grok', '--pattern', '%{IP:a:number}'], /"number" is not a type/],
      [['--as', 'grok', '--pattern', 'x', '--patterns', '/nowhere'], /--patterns \/nowhere: ENOENT/],
      [['--time-format', 'iso8601'], /"iso8601" is not one of iso, epoch.*has no %/],
      [
        ['--as', 'grok', '--pattern', '%{IP:[a]b}'],
        /"\[a\]b" is no name of a field; write for example \[source\]/,
      ],
      [['--as', 'grok', '--pattern', '%{IP:[@meta][id]}'], /is no name of a field/],
      [['--time-format', '%H:%M:%S'], /"%H:%M:%S" says no day; a time needs %d and %m/],
      [['--time-format', '%Y-%d %T'], /says no day/],
      [['--time-format', '%Q'], /"%Q": %Q is not known/],
      [['--timezone', 'Mars'], /"Mars" is not a time zone/],
    ]
    for (const [flags, message] of table)
      await assert.rejects(drive(daemon, ...flags), { name: 'Misuse', message })
  })

  test('definitions that use each other in a circle, and bombs, are misuse', async t => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-parse-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const bomb = Array.from({ length: 30 }, (_, n) => `B${n + 1} %{B${n}}%{B${n}}`).join('\n')
    const table: [definitions: string, message: RegExp][] = [
      ['A %{B:x}\nB %{A}', /%\{A\} is defined by itself/],
      [`B0 [a-z]\n${bomb}\nA %{B30:x}`, /is too large/],
      ['A-B x', /"A-B x" is not NAME PATTERN/],
    ]
    for (const [definitions, message] of table) {
      writeFileSync(join(folder, 'own'), definitions)
      const flags = ['--as', 'grok', '--patterns', join(folder, 'own'), '--pattern', '%{A}']
      await assert.rejects(drive(daemon, ...flags), { name: 'Misuse', message })
    }
  })

  for (const as of FORMATS) {
    test(`${as}: no text makes it throw, and none is lost`, async t => {
      const flags = ['--as', as, ...(NEEDED[as] ?? []), '--types', 'a=int,b=time', '--time-field', 'b']
      await using stage = await drive(daemon, ...flags)
      const word = fc.constantFrom(
        ...['a', 'b=', '=', '"', '\\', ',', '|', ' ', '{"', '":', '}', '[1]', '1', '-', '\\x22'],
      )
      const web = fc.constantFrom(
        ...['1.2.3.4 - - [', '11/Oct/2026:22:14:15 +0200', '] "', 'GET / HTTP/1.1', '" 200 5', ' "-" "'],
      )
      const text = fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(fc.oneof(word, web)).map(words => words.join('')),
      )
      const report = await fc.check(
        fc.asyncProperty(fc.array(text, { maxLength: 20 }), async texts => {
          stage.out.length = 0
          await stage.push(texts)
          assert.equal(stage.out.length, texts.length)
          for (const [n, record] of stage.out.entries()) {
            const { parse_error: error, original } = record
            assert.ok(error === undefined || Object.hasOwn(PARSE_ERRORS, String(error)), String(error))
            if (error !== undefined) assert.equal(original ?? record.message, texts[n])
            JSON.stringify(record)
          }
          assert.equal(stage.rejected.length, 0)
        }),
        { numRuns: process.env.SLUICE_FAULTS === 'long' ? 10_000 : 100 },
      )
      t.diagnostic(`seed ${report.seed}`)
      assert.ok(!report.failed, fc.defaultReportMessage(report) ?? '')
    })

    test(`${as}: a text of 300,000 characters of whatever is hard takes no longer than one that is not`, async () => {
      await using stage = await drive(daemon, '--as', as, ...(NEEDED[as] ?? []))
      // What is not linear takes minutes for these.
      const units = [
        '"',
        '\\"',
        'a=',
        'a="',
        '=',
        ' ',
        ',',
        '|',
        '{"a":',
        '[',
        'a ',
        '] "',
        ' [',
        '-',
        '\\x22',
        '1',
        ' - -',
        '."',
      ]
      const texts = units.flatMap(unit =>
        ['', '{"', '1.2.3.4 - - [x] "'].map(head => head + unit.repeat(3e5 / unit.length)),
      )
      await stage.push(texts)
      assert.equal(stage.out.length, texts.length)
    })
  }
})

describe('sluice-parse as a process', { concurrency: true }, () => {
  test('the examples of --help work as printed', async t => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-parse-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const env = {
      ...process.env,
      PATH: `${join(root, 'bin')}:${process.env.PATH}`,
      RUNTIME_DIRECTORY: folder,
    }
    const outputs = await Promise.all(
      daemon.examples!.map(async example => {
        const { stdout, stderr } = await promisify(execFile)('sh', ['-c', example], { env, cwd: folder })
        assert.equal(stderr, '')
        const { '@meta': _, '@timestamp': __, message: ___, ...fields } = JSON.parse(stdout)
        return fields
      }),
    )
    assert.deepEqual(outputs, [
      { user: 'ann', port: 22 },
      { client: '192.0.2.7', method: 'GET', bytes: 512 },
      { facility: 3, severity: 6, timestamp: 'Oct 11 22:14:15' },
    ])
  })

  test('docs/parse.md: what it shows is what comes out', async t => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-parse-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const env = {
      ...process.env,
      PATH: `${join(root, 'bin')}:${process.env.PATH}`,
      RUNTIME_DIRECTORY: folder,
    }
    const text = readFileSync(join(root, 'docs/parse.md'), 'utf8')
    const shown = [...text.matchAll(/```sh\n([^`]*)```\n\n```json\n([^`]*)```/g)]
    assert.equal(shown.length, 5)
    await Promise.all(
      shown.map(async ([, command, json]) => {
        const { stdout } = await promisify(execFile)('sh', ['-c', command!], { env, cwd: folder })
        const { '@meta': _, '@timestamp': __, ...fields } = JSON.parse(stdout)
        assert.deepEqual(fields, JSON.parse(json!), command)
      }),
    )
  })

  test('docs/parse.md has all words of parse_error', () => {
    const text = readFileSync(join(root, 'docs/parse.md'), 'utf8')
    for (const word of Object.keys(PARSE_ERRORS)) assert.ok(text.includes(`\`${word}\``), word)
  })

  test('bytes that are not UTF-8 are kept', async t => {
    const latin1 = Buffer.from('user=r\u00e9my', 'latin1')
    const run = new Sluice(t, 'sluice-parse', ['--as', 'kv', '--remove'], { stdin: latin1 })
    assert.equal(await run.exited, 0, run.stderr)
    const { user, '@meta': meta } = JSON.parse(run.stdout)
    assert.equal(user, 'r\ufffdmy')
    assert.deepEqual(Buffer.from(meta.bytes, 'base64'), latin1)
  })

  test('lines that a real rsyslog has written with the template of the classic set-up', async t => {
    const tcp = await freePort()
    const rsyslog = await orSkip(t, () =>
      startRsyslog(directory => classic(tcp, join(directory, 'classic.log'))),
    )
    if (!rsyslog) return
    t.after(() => rsyslog.stop())
    const file = join(rsyslog.directory, 'classic.log')
    const sent = [
      '<34>Oct 11 22:14:15 web1 sshd[42]: Failed | password',
      '<165>Oct  1 02:04:05 web2 app: hello',
    ]
    connect(tcp, '127.0.0.1').end(`${sent.join('\n')}\n`)
    await until(() => linesIn(file).length === 2, { timeout: 20_000, what: 'two lines' })
    const fields = 'facility:int,severity:int,timestamp,message'
    const flags = [
      '--as',
      'delimited',
      '--prefix',
      '~',
      '--fields',
      fields,
      '--time-field',
      'timestamp',
      '--trim',
    ]
    const run = new Sluice(t, 'sluice-parse', ['--pull-connect', `file://${file}`, ...flags])
    assert.equal(await run.exited, 0, run.stderr)
    const records = run.stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as LogRecord)
    const [first, second] = records.map(fieldsOf)
    assert.partialDeepStrictEqual(first, { facility: 4, severity: 2, message: 'Failed | password' })
    assert.partialDeepStrictEqual(second, { facility: 20, severity: 5, message: 'hello' })
    // %timegenerated% is when rsyslog received it.
    for (const record of records) {
      const { '@timestamp': time, '@meta': meta } = record
      assert.ok(Math.abs(Date.parse(String(time)) - meta.received!) < 60_000, String(time))
    }
  })
})

function linesIn(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(0, -1)
  } catch {
    return []
  }
}

const classic = (tcp: number, file: string) => `
  module(load="imtcp")
  input(type="imtcp" address="127.0.0.1" port="${tcp}" ruleset="out")
  template(name="classic" type="string"
    string="~%syslogfacility%|%syslogpriority%|%timegenerated%|%msg%\\n")
  ruleset(name="out") { action(type="omfile" file="${file}" template="classic") }`
