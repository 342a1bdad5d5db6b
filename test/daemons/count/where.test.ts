import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkPrefix } from '../../../src/daemons/count/check.ts'
import { parseStore } from '../../../src/daemons/count/where.ts'

const redis = (address: object, database = 0, user?: string) => ({ kind: 'redis', address, user, database })
const TCP = { host: 'host', port: 6379, tls: false }
const SOCKET = { path: '/run/redis.sock' }

const STORES = {
  'sqlite:': { kind: 'sqlite', path: undefined },
  'sqlite:///var/lib/x': { kind: 'sqlite', path: '/var/lib/x' },
  'redis://host': redis(TCP),
  'redis://bob%40x@host:1234/15': redis({ ...TCP, port: 1234 }, 15, 'bob@x'),
  'rediss://[::1]': redis({ host: '::1', port: 6379, tls: true }),
  'redis+unix:///run/redis.sock': redis(SOCKET),
  'redis+unix://bob@localhost/run/redis.sock?db=2': redis(SOCKET, 2, 'bob'),
}

for (const [written, where] of Object.entries(STORES))
  test(`--store ${written}`, () => assert.deepEqual(parseStore(written), where))

const REFUSED = {
  'sqlite:x': /write all of the path, as in sqlite:\/\/\/var\/lib\/sluice\/x/,
  'sqlite://x': /the third one/,
  'http://x': /is no store; write for example/,
  'redis://:word@x': /no password in a URL/,
  'redis://x?db=2': /without anything behind it/,
  'redis://x/two': /"two" is not the number of a database/,
  'redis://%zz@x': /a % itself is written %25/,
  'redis+unix:///run/x?db=y': /"y" is not the number of a database/,
}

for (const [written, why] of Object.entries(REFUSED))
  test(`no store: ${written}`, () =>
    assert.throws(() => parseStore(written), { name: 'RangeError', message: why }))

test('bug: of a unix socket, a path with two slashes lost its first folder, and a database by another name was the first one', () => {
  for (const written of [
    '//run/redis.sock',
    'run/redis.sock',
    '',
    '///',
    '///run/x?database=2',
    '///run/x#2',
  ])
    assert.throws(
      () => parseStore(`redis+unix:${written}`),
      /behind three slashes, and a database, as in redis\+unix:\/\/\/run\/redis\/redis\.sock\?db=2/,
      written,
    )
})

test('a prefix is a word or several', () => {
  for (const prefix of ['', 'shop', 'shop/live']) checkPrefix(prefix)
  for (const prefix of ['/shop', 'shop/', 'a//b', 'a b'])
    assert.throws(() => checkPrefix(prefix), /is no prefix/)
})
