import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { AllowList, parseAllowList } from '../../../src/lib/curve/allow-list.ts'
import { createKeyPair } from '../../../src/lib/curve/key-file.ts'
import { Misuse } from '../../../src/lib/errors.ts'

const [A, B] = [createKeyPair().publicKey, createKeyPair().publicKey]

test('a key and a name a line, with remarks', () => {
  const text = `# who may send\n\n${A} web1\r\n\t${B}   collector-2.example   relay # speaks for others\n  # end`
  assert.deepEqual(Object.fromEntries(parseAllowList(text, 'allowed')), {
    [A]: { name: 'web1', relay: false },
    [B]: { name: 'collector-2.example', relay: true },
  })
  assert.equal(parseAllowList('', 'allowed').size, 0)
})

test('a line that will not do is named, with what to write', () => {
  const table: [string, RegExp][] = [
    [`\n${A.slice(1)} web1`, /^allowed:2: this does not begin with a key of 40 characters; write KEY NAME/],
    [`web1 ${A}`, /^allowed:1: this does not begin with a key/],
    [A, /^allowed:1: behind the key stands a name/],
    [`${A} wéb`, /a name of letters/],
    [`${A} ${'x'.repeat(65)}`, /a name of letters/],
    [`${A} web1 admin`, /"admin" is a word too many/],
    [`${A} web1 relay too`, /"relay too" is a word too many/],
    [`${A} web1\n${A} web2`, /^allowed:2: this key is there twice, of web1 and of web2/],
  ]
  for (const [text, message] of table) {
    const misuse = (error: Error) => error instanceof Misuse && message.test(error.message)
    assert.throws(() => parseAllowList(text, 'allowed'), misuse, text)
  }
})

test('it is read again, and one that will not do changes nothing', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'sluice-allow-')), 'allowed')
  writeFileSync(path, `${A} web1\n`)
  const list = new AllowList('--curve-allow', path)
  assert.deepEqual(list.find(A), { name: 'web1', relay: false })
  assert.equal(list.find(B), undefined)
  writeFileSync(path, `${A} web1\nnonsense\n`)
  assert.throws(() => list.reload(), /--curve-allow: .*allowed:2: /)
  assert.equal(list.find(A)?.name, 'web1')
  writeFileSync(path, `${B} web2 relay`)
  list.reload()
  assert.deepEqual([list.find(A), list.find(B)], [undefined, { name: 'web2', relay: true }])
})

test('what holds for all who are allowed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-allow-'))
  const common = (text: string) => {
    writeFileSync(join(folder, 'allowed'), text)
    return new AllowList('--curve-allow', join(folder, 'allowed')).common
  }
  assert.deepEqual(common(`${A} web1`), { name: 'web1', relay: false })
  // An old key and a new one.
  assert.deepEqual(common(`${A} web1\n${B} web1`), { name: 'web1', relay: false })
  assert.deepEqual(common(`${A} web1\n${B} web2`), { name: undefined, relay: false })
  assert.deepEqual(common(`${A} web1 relay\n${B} web2 relay`), { name: undefined, relay: true })
  assert.deepEqual(common(`${A} web1 relay\n${B} web1`), { name: 'web1', relay: false })
})
