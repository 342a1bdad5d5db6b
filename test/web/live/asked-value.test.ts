import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMatcher, parseQuery } from '../../../src/lib/query/index.ts'
import { compileTemplate } from '../../../src/lib/template.ts'
import { type Fields, fieldsOf } from '../../../src/web/lib/record-fields.ts'
import { isWhole, nameOfValue } from '../../../src/web/live/api.ts'
import { AskedValue } from '../../../src/web/live/asked-value.ts'
import { FieldNames } from '../../../src/web/live/field-names.ts'

const IN_DATA = { type: 'pageview', data: { account: 'acme', type: 'click', host: 'web1' } }
const OUTSIDE = { type: 'error', account: 'acme', severity: 'err' }
const OTHER = { type: 'click', account: 'other', data: { account: 'acme' } }
const EVENTS: Fields[] = [IN_DATA, OUTSIDE, OTHER]

function namesOf(...events: Fields[]): FieldNames {
  const names = new FieldNames()
  names.learn(events.map(event => fieldsOf(event, 200)))
  return names
}

const askedOf = (name: string, value: string, ...events: Fields[]) =>
  new AskedValue(namesOf(...events).spellingsOf(name), value)

test('a value is asked for where events have it', () => {
  assert.equal(askedOf('account', 'acme', IN_DATA).text, 'data.account:acme')
  assert.equal(askedOf('account', 'acme', OUTSIDE).text, 'account:acme')
  // The server counts the one outside.
  assert.equal(askedOf('account', 'other', OTHER).text, 'account:other')
  assert.equal(askedOf('type', 'pageview', IN_DATA).text, 'type:pageview')
  for (const both of [[IN_DATA, OUTSIDE], []])
    assert.equal(askedOf('account', 'acme', ...both).text, '(account:acme OR data.account:acme)')
  // Of the eight names that mean the same everywhere, none is looked for in `data`.
  assert.equal(askedOf('data.host', 'web1', IN_DATA).text, 'data.host:web1')
  assert.equal(askedOf('host', 'web1').text, 'host:web1')
  assert.equal(askedOf('syslog_program', 'cron').text, '(program:cron OR data.syslog_program:cron)')
})

test('what is asked finds every event that was counted', () => {
  const names = namesOf(...EVENTS)
  for (const name of names.seen.value.keys()) {
    const textOf = compileTemplate(`{${name}}`)
    for (const event of EVENTS) {
      const value = textOf(event)
      if (value === '') continue
      const asked = new AskedValue(names.spellingsOf(name), value)
      assert.ok(createMatcher(parseQuery(asked.text, 0))(event, 0), `${asked.text} ${JSON.stringify(event)}`)
    }
  }
})

test('it is there once, and is taken back', () => {
  const one = new AskedValue(['data.account'], 'acme')
  const two = new AskedValue(['account', 'data.account'], 'my shop')
  const group = '(account:"my shop" OR data.account:"my shop")'
  for (const [asked, text] of [
    [one, 'data.account:acme'],
    [two, group],
  ] as const)
    for (const [query, becomes] of [
      ['', text],
      ['failed', `failed ${text}`],
      ['a OR b', `(a OR b) ${text}`],
      [`x:"${text.replaceAll('"', '\\"')}"`, `x:"${text.replaceAll('"', '\\"')}" ${text}`],
    ] as const) {
      assert.equal(asked.isIn(query), false, query)
      assert.equal(asked.with(query), becomes)
      assert.ok(asked.isIn(becomes), becomes)
      assert.equal(asked.isIn(asked.without(becomes)), false, becomes)
    }
  assert.equal(two.without(`failed ${group} status>4`), 'failed status>4')
  for (const query of [`-${group}`, `NOT ${group}`, `a OR ${group}`, `x:${group}`, `"${group}`])
    assert.equal(two.isIn(query), false, query)
  // It was asked for before events were seen that have it elsewhere.
  assert.ok(two.isIn('data.account:"my shop"'))
  assert.equal(two.without('data.account:"my shop"'), '')
})

test('what was cut, or is not there at all, cannot be asked for', () => {
  for (const [text, whole] of [
    ['acme', true],
    ['a'.repeat(100), true],
    ['a'.repeat(101), false],
    [`${'a'.repeat(100)}…`, false],
    ['', false],
  ] as const)
    assert.equal(isWhole(nameOfValue(text)), whole, text)
  assert.equal(new AskedValue(['a=b'], 'x').canBe, false)
})

test('names are offered that the server counts by, and not without bound', () => {
  const names = namesOf({
    ok: 1,
    'a:b': 1,
    'c{d': 1,
    ' e': 1,
    time: 1,
    '@meta': { id: 'x' },
    data: { host: 'x', app: 'y' },
  })
  assert.deepEqual([...names.seen.value.keys()].sort(), ['app', 'data.host', 'ok'])
  const before = names.seen.value
  names.learn([fieldsOf({ ok: 2 }, 200)])
  assert.equal(names.seen.value, before)
  for (let n = 0; n < 1000; n++) names.learn([fieldsOf({ [`f${n}`]: 1 }, 200)])
  assert.equal(names.seen.value.size, 200)
})
