import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KnownKeys } from '../../../src/daemons/count/known-keys.ts'

async function* pages(...all: string[]) {
  for (const key of all) yield [key]
}

const fill = (keys: KnownKeys, account: string) => {
  let n = 0
  while (keys.take(`${account}/${n}`) === undefined) n++
  return n
}

test('of keys that begin alike there are half of what others leave: one account leaves room for the next', async () => {
  const keys = new KnownKeys(100)
  assert.equal(fill(keys, 'a'), 50)
  assert.equal(keys.take('a/one-more'), 'share')
  assert.equal(keys.take('a/7'), undefined, 'what is there is counted on')
  assert.equal(fill(keys, 'b'), 25)
  assert.equal(fill(keys, 'c'), 13)
  assert.equal(keys.size, 88)
  // When others go there is more for who stays.
  await keys.replace(pages('a/1', 'a/2'))
  assert.equal(fill(keys, 'a'), 50)
})

test('any number of accounts fill it, and no more', async () => {
  const keys = new KnownKeys(10)
  for (let n = 0; n < 10; n++) assert.equal(keys.take(`account-${n}`), undefined)
  assert.equal(keys.take('account-10'), 'full')
  assert.equal(keys.take('account-3'), undefined)
  await keys.replace(pages(...Array.from({ length: 20 }, (_, n) => `restored-${n}`)))
  assert.deepEqual([keys.size, keys.take('restored-19'), keys.take('x')], [20, undefined, 'full'])
})

test('there may be one key', () => {
  const keys = new KnownKeys(1)
  assert.deepEqual([keys.take('all'), keys.take('all'), keys.take('a/b')], [undefined, undefined, 'full'])
})

test('what is taken while all of them are read is one of them', async () => {
  const keys = new KnownKeys(3)
  await keys.replace(pages('a/1'))
  async function* slow() {
    yield ['a/1']
    assert.equal(keys.take('b/1'), undefined)
    yield ['c/1']
  }
  await keys.replace(slow())
  assert.deepEqual([keys.size, keys.take('b/1'), keys.take('d/1')], [3, undefined, 'full'])
})
