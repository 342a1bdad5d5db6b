import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import fc from 'fast-check'
import map from '../../src/daemons/map.ts'
import { Misuse } from '../../src/lib/errors.ts'
import type { Fields } from '../../src/lib/record.ts'
import { drive } from '../support/drive.ts'
import { Sluice } from '../support/process.ts'

function fileWith(t: TestContext, content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-map-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'file')
  writeFileSync(file, content)
  return file
}

const steps = (...all: string[]) => all.flatMap(step => ['--do', step])
const withoutMeta = ({ '@meta': _, ...fields }: Fields) => fields

/** What becomes of one record; undefined when it is dropped. */
async function mapped(record: Fields, ...flags: string[]): Promise<Fields | undefined> {
  await using stage = await drive(map, ...flags)
  await stage.push([record])
  const [out] = stage.out
  return out && withoutMeta(out)
}

describe('a step', () => {
  const big = (JSON as unknown as { rawJSON(text: string): object }).rawJSON('12345678901234567890')
  for (const [step, before, after] of [
    ['keep severity<=3', { severity: 'err' }, { severity: 'err' }],
    ['keep severity<=3', { severity: 'info' }, undefined],
    ['drop severity>=7 host:test*', { severity: 'debug', host: 'test1' }, undefined],
    ['drop severity>=7 host:test*', { severity: 'debug', host: 'web1' }, { severity: 'debug', host: 'web1' }],
    ['keep-fields a,b.c', { a: 1, b: { c: 2, d: 3 }, e: 4 }, { a: 1, b: { c: 2 } }],
    ['keep-fields b.c', { 'b.c': 1, b: { c: 2, d: 3 } }, { 'b.c': 1, b: { c: 2 } }],
    ['keep-fields a,a.b.c', { a: 'text', 'a.b': { c: 1 } }, { a: 'text', 'a.b': { c: 1 } }],
    [
      'keep-fields a.b,l.1.c',
      { a: [{ b: 1, c: 2 }, 'x', [{ b: 3 }], { c: 4 }], l: [{ c: 1 }, { c: 2, d: 3 }], x: [1] },
      { a: [{ b: 1 }, [{ b: 3 }]], l: [{ c: 2 }] },
    ],
    ['keep-fields a.b', { a: [{ c: 1 }], b: 2 }, {}],
    ['drop-fields a,b.c,gone', { a: 1, b: { c: 2, d: 3 }, e: 4 }, { b: { d: 3 }, e: 4 }],
    ['drop-fields a.b', { 'a.b': 1, a: { b: 2, c: 3 } }, { a: { c: 3 } }],
    ['drop-fields a.b', { a: [{ b: 1, c: 2 }, 'x', [{ b: 3 }]] }, { a: [{ c: 2 }, 'x', [{}]] }],
    ['drop-fields a.0,b.1.c', { a: [1, 2], b: [{ c: 1 }, { c: 2 }] }, { a: [2], b: [{ c: 1 }, {}] }],
    ['drop-fields a.length,g.rawJSON', { a: [1], g: big }, { a: [1], g: big }],
    ['drop-fields __proto__', JSON.parse('{"__proto__":1,"a":2}'), { a: 2 }],
    ['rename msg message', { msg: 'x', a: 1 }, { a: 1, message: 'x' }],
    ['rename host host.name', { host: 'web1' }, { host: { name: 'web1' } }],
    ['rename a.b c', { a: { b: 1 } }, { a: {}, c: 1 }],
    ['rename a.b c', { 'a.b': 1, a: [{ b: 2 }, { b: 3 }] }, { a: [{}, {}], c: [1, 2, 3] }],
    ['rename a.0 b.c', { a: ['x', 'y'], b: 'text' }, { a: ['x', 'y'], b: 'text' }],
    ['rename gone there', { a: 1 }, { a: 1 }],
    ['rename a a', { a: 1 }, { a: 1 }],
    ['rename a b', { b: 1, a: 2, c: 3 }, { b: 2, c: 3 }],
    ['rename a __proto__', { a: 1 }, JSON.parse('{"__proto__":1}')],
    ['rename __proto__ a', JSON.parse('{"__proto__":1}'), { a: 1 }],
    ['rename a b.c', { a: 1, b: 'text' }, { b: 'text', a: 1 }],
    ["set env = 'prod'", {}, { env: 'prod' }],
    ['set user.name = name', { name: 'ann' }, { name: 'ann', user: { name: 'ann' } }],
    ['set a.b = 1', { a: 'text' }, { a: 'text' }],
    ['set a.b = 1', { 'a.b': 'x', a: [{ b: 'y' }, {}] }, { 'a.b': 1, a: [{ b: 1 }, {}] }],
    ['set x = gone', { x: 1 }, { x: 1 }],
    ['set constructor = 1', {}, { constructor: 1 }],
    ['set x = "a => b"', {}, { x: 'a => b' }],
    ["set x = 'a => b'", {}, { x: 'a => b' }],
    ['a => set x = 1', { message: 'a' }, { message: 'a', x: 1 }],
    ['"drop" => set x = 1', { message: 'drop it' }, { message: 'drop it', x: 1 }],
    ['host:web* => drop *', { host: 'web1' }, undefined],
    ['host:web* => drop *', { host: 'db1' }, { host: 'db1' }],
    [
      'redact message /\\b\\d{13,16}\\b/',
      { message: 'card 4111111111111111, 12' },
      { message: 'card ****, 12' },
    ],
    ['redact message /a\\/b/ with [x]', { message: 'a/b $& a/b' }, { message: '[x] $& [x]' }],
    ['redact message /secret/ with ', { message: 'a secret' }, { message: 'a ' }],
    [
      'redact user /ann/',
      { user: { name: 'ann', tags: ['ann', 'bob'] }, x: 'ann' },
      { user: { name: '****', tags: ['****', 'bob'] }, x: 'ann' },
    ],
    [
      'redact user.name /ann/',
      { 'user.name': 'ann', user: [{ name: ['ann'] }, { name: 'bob', x: 'ann' }] },
      { 'user.name': '****', user: [{ name: ['****'] }, { name: 'bob', x: 'ann' }] },
    ],
    [
      'redact * /ann|42/',
      { a: 'ann', b: [{ c: 42 }], d: 43, e: null, f: true, g: big },
      { a: '****', b: [{ c: '****' }], d: 43, e: null, f: true, g: big },
    ],
  ] as [string, Fields, Fields | undefined][])
    test(`${step}: ${JSON.stringify(before)}`, async () => {
      assert.deepEqual(await mapped({ ...before }, ...steps(step)), after && { ...after })
    })

  test('is taken in its order', async () => {
    const record = { level: 'debug', message: 'pw=x' }
    const order = steps(
      "set level = 'info'",
      'drop level:debug',
      'redact message /pw=\\S+/',
      'rename message text',
    )
    assert.deepEqual(await mapped(record, ...order), { level: 'info', text: '****' })
    assert.equal(await mapped(record, ...steps('drop level:debug', "set level = 'info'")), undefined)
  })

  test('counts what could not be set, and says why once', async () => {
    await using stage = await drive(map, ...steps('set x = gone', 'rename message message.text.x'))
    await stage.push([{ message: 'a' }, { message: 'b' }])
    assert.equal(stage.stage.counters.get('notSet'), 2)
    const said = stage.log.filter(({ level }) => level === 'warn')
    assert.deepEqual(
      said.map(({ msg }) => msg),
      ['set x: Unknown variable: gone; the field stays as it was'],
    )
  })
})

test('--when: only for records that meet it', async () => {
  const flags = ['--when', 'host:web*', ...steps('drop severity>=7', 'set seen = true')]
  assert.deepEqual(await mapped({ host: 'db1', severity: 7 }, ...flags), { host: 'db1', severity: 7 })
  assert.equal(await mapped({ host: 'web1', severity: 7 }, ...flags), undefined)
  assert.deepEqual(await mapped({ host: 'web1' }, ...flags), { host: 'web1', seen: true })
})

test('--steps: a file, one a line, with comments; before those of --do', async t => {
  const file = fileWith(t, '# first\n\n  set a = 1  \r\nhost:x => drop *\n# set b = 1\n')
  assert.deepEqual(await mapped({ host: 'y' }, '--steps', file, ...steps('set b = a + 1')), {
    host: 'y',
    a: 1,
    b: 2,
  })
  assert.equal(await mapped({ host: 'x' }, '--steps', file), undefined)
})

test('what was taken out of a record is not in the bytes that it came in either', async () => {
  const bytes = Buffer.from('ann\xff').toString('base64')
  for (const [step, kept] of [
    ['redact user /ann/', false],
    ['drop-fields user', false],
    ['keep-fields message', false],
    ['redact user /bob/', true],
    ['drop-fields gone', true],
    ['set x = 1', true],
  ] as const) {
    await using stage = await drive(map, ...steps(step))
    await stage.push([{ '@meta': { bytes }, user: 'ann', message: 'm' }])
    assert.equal(stage.out[0]!['@meta'].bytes, kept ? bytes : undefined, step)
  }
})

test('a record that a step fails for is a dead letter as it came, so that it can be sent in again', async t => {
  const key = fileWith(t, 'sixteen bytes of secret')
  // Each match of the last step looks through the rest of the text for a b that is not there.
  const record = { user: { names: ['ann'] }, a: { b: [1, 2] }, msg: 'a', long: 'a'.repeat(200_000) }
  const all = [
    'hash user',
    'set a.c = 1',
    'drop-fields a.b.0',
    'rename a.b x',
    'redact msg /a/',
    'redact long /a(.*b)?/',
  ]
  await using stage = await drive(map, '--key-file', key, ...steps(...all))
  await stage.push([structuredClone(record), { user: 'x' }])
  assert.deepEqual(stage.rejected.map(withoutMeta), [record])
  assert.equal(stage.rejected[0]!['@meta'].dead!.reason, 'error')
  assert.equal(stage.out.length, 1)
})

test('hash: by a key, the same for the same, in as many digits as asked for', async t => {
  const key = fileWith(t, 'a secret of 20 bytes\n')
  const hmac = (text: string) => createHmac('sha256', 'a secret of 20 bytes').update(text).digest('hex')
  const record = { client: '192.0.2.7', user: { id: 7, names: ['ann', 'ann'], x: null } }
  assert.deepEqual(await mapped(record, '--key-file', key, ...steps('hash client,user,gone', 'hash gone')), {
    client: hmac('192.0.2.7').slice(0, 32),
    user: {
      id: hmac('7').slice(0, 32),
      names: [hmac('ann').slice(0, 32), hmac('ann').slice(0, 32)],
      x: null,
    },
  })
  assert.deepEqual(await mapped({ a: 'x' }, '--key-file', key, ...steps('hash a length 64')), {
    a: hmac('x'),
  })
  assert.deepEqual(
    await mapped({ 'a.b': 'x', a: [{ b: 'x', c: 'x' }] }, '--key-file', key, ...steps('hash a.b length 64')),
    { 'a.b': hmac('x'), a: [{ b: hmac('x'), c: 'x' }] },
  )
  const short = fileWith(t, 'too short\n')
  for (const [flags, says] of [
    [[], /hash needs --key-file FILE; make one with/],
    [['--key-file', short], /a key has at least 16 bytes/],
    [['--key-file', '/nowhere'], /--key-file \/nowhere: ENOENT/],
  ] as const)
    await assert.rejects(drive(map, ...steps('hash a'), ...flags), says)
  await assert.rejects(
    drive(map, ...steps('drop a'), '--key-file', key),
    /is for hash steps, and there is none/,
  )
})

describe('misuse', () => {
  for (const [step, says] of [
    ['', /is no step; write VERB … or CONDITION => VERB …, with one of keep, drop,/],
    ['explode', /"explode" is no step/],
    ['a => explode', /is no step/],
    ['drop', /the condition is empty/],
    ['drop severity<=bad', /"bad" is not a severity/],
    ['drop a => b', /"a => b": /],
    ['severity<=bad => drop *', /"bad" is not a severity/],
    ['keep-fields', /"" is no name of a field/],
    ['drop-fields a,,b', /is no name of a field/],
    ['drop-fields @meta', /@meta belongs to Sluice/],
    ['rename @meta.id x', /@meta belongs to Sluice/],
    ['rename x @meta', /@meta belongs to Sluice/],
    ['rename x', /write rename OLD NEW, as in rename msg message/],
    ['rename a b c', /write rename OLD NEW/],
    ['set @meta.peer = 1', /@meta belongs to Sluice/],
    ['set x', /write set NAME = EXPRESSION/],
    ['set x = ', /write set NAME = EXPRESSION/],
    ['set x = 1 +', /"1 \+": /],
    ['set x = nope(1)', /nope/],
    ['set x = a.matches("(a+)+$")', /matches\(\) may take for ever; use contains/],
    ['set x = a.map(b, a.filter(c, c))', /within another one may take for ever/],
    [
      'set x = a.filter(b, b in record.c)',
      /with record for each b it may take for ever; in a loop only b is known/,
    ],
    ['set x = a.map(b, c)', /in a loop only b is known/],
    ['set x = bytes / 2', /bytes is a type of CEL; the field is record.bytes/],
    ['redact message', /write redact NAMES \/PATTERN\/ \[with TEXT\]/],
    ['redact message /(/', /"\("/],
    ['redact @meta.peer /a/', /@meta belongs to Sluice/],
    ['hash @meta.peer', /@meta belongs to Sluice/],
    ['hash a length 7', /length 7: from 8 to 64/],
    ['hash', /write hash NAMES/],
    ['sample', /write sample N\/M/],
    ['sample 0/10', /more than nothing, and at most all/],
    ['sample 11/10', /at most all/],
    ['sample 1/0', /at most all/],
    ['sample 101%', /at most all/],
    ['throttle 5', /write throttle N per TIME/],
    ['throttle 5 per 10', /"10" is not a time/],
    ['throttle 5 per 0', /at least 1ms/],
    ['dedupe host', /write dedupe NAMES within TIME/],
    ['dedupe host, within 5s', /a name is empty/],
  ] as const)
    test(step, async () => {
      await assert.rejects(
        drive(map, ...steps(step)),
        (error: Error) =>
          error instanceof Misuse && error.message.startsWith('--do, step 1: ') && says.test(error.message),
      )
    })

  test('nothing to do', async () => {
    await assert.rejects(drive(map), /there is nothing to do: give --do STEP/)
  })

  test('in a file is named by its line, by --check too', async t => {
    const file = fileWith(t, '# steps\ndrop a\n\nrename a\n')
    const run = new Sluice(t, 'sluice-map', ['--steps', file, '--check'], { stdin: '' })
    assert.equal(await run.exited, 64)
    assert.equal(
      run.stderr,
      `sluice-map: ${file}:4: "rename a": write rename OLD NEW, as in rename msg message\n`,
    )
    await assert.rejects(drive(map, '--steps', '/nowhere'), /--steps \/nowhere: ENOENT/)
  })
})

test('as variables, steps stand on lines of their own', async t => {
  const run = new Sluice(t, 'sluice-map', [], {
    stdin: '{"a":1}\n',
    env: { SLUICE_DO: 'set b = a + 1\nhost:x => drop *\n' },
  })
  assert.equal(await run.exited, 0, run.stderr)
  assert.match(run.stdout, /"a":1,"b":2\}/)
})

test('whatever comes: @meta stays, the books balance, and nothing is thrown away that was not dropped', async t => {
  const file = fileWith(t, 'sixteen bytes of secret')
  const all = [
    'redact * /(a|b)+c/',
    'hash a,b.c',
    'rename a b.c',
    'set x.y = string(record)',
    'set d = a + b',
    'drop-fields e,f.g',
    'rename x __proto__',
    'throttle 2 per 1s by a',
    'dedupe a,b within 1s',
  ]
  const value = fc.jsonValue({ maxDepth: 3 })
  const record = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'e', 'f', '__proto__', 'x', 'message'), value)
  await fc.assert(
    fc.asyncProperty(fc.array(record, { maxLength: 5 }), async records => {
      await using stage = await drive(map, '--key-file', file, ...steps(...all))
      await stage.push(records as Fields[])
      assert.deepEqual(stage.rejected, [])
      for (const out of stage.out) assert.match(out['@meta'].id, /^\d+$/)
    }),
    { numRuns: process.env.SLUICE_FAULTS === 'long' ? 5_000 : 100 },
  )
})
