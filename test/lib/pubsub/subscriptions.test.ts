import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Subscriptions } from '../../../src/lib/pubsub/subscriptions.ts'

const subscribe = (prefix: string) => Buffer.from(`\x01${prefix}`)
const unsubscribe = (prefix: string) => Buffer.from(`\x00${prefix}`)

test('nobody wants anything before he says so, nor after he has taken it back', () => {
  const subscriptions = new Subscriptions(true)
  assert.ok(!subscriptions.want('pageview '))
  subscriptions.take(subscribe('page'))
  assert.ok(subscriptions.want('pageview '))
  assert.ok(!subscriptions.want('click '))
  subscriptions.take(subscribe(''))
  assert.ok(subscriptions.want('click '))
  subscriptions.take(unsubscribe(''))
  assert.ok(!subscriptions.want('click '))
  assert.ok(subscriptions.want('pageview '))
  subscriptions.take(unsubscribe('page'))
  assert.ok(!subscriptions.want('pageview '))
})

test('who goes on into the event may want it where both are one frame, and cannot where they are two', () => {
  for (const whole of [true, false]) {
    const subscriptions = new Subscriptions(whole)
    subscriptions.take(subscribe('pageview {"'))
    assert.equal(subscriptions.want('pageview '), whole)
    assert.ok(!subscriptions.want('click '))
  }
})

test('prefixes are bytes', () => {
  const subscriptions = new Subscriptions(true)
  // Half of an é.
  subscriptions.take(Buffer.from([1, 0x63, 0xc3]))
  assert.ok(subscriptions.want('cé '))
  assert.ok(!subscriptions.want('ce '))
})

test('what is no subscription is nothing', () => {
  const subscriptions = new Subscriptions(true)
  subscriptions.take(Buffer.from('hello'))
  subscriptions.take(Buffer.alloc(0))
  assert.equal(subscriptions.size, 0)
})

test('what two have subscribed to is wanted until both have gone', () => {
  const subscriptions = new Subscriptions(true)
  for (let n = 0; n < 2; n++) subscriptions.take(subscribe('page'))
  assert.equal(subscriptions.size, 1)
  subscriptions.take(unsubscribe('page'))
  assert.ok(subscriptions.want('pageview '))
  subscriptions.take(unsubscribe('page'))
  assert.ok(!subscriptions.want('pageview '))
  subscriptions.take(unsubscribe('page'))
  assert.equal(subscriptions.size, 0)
})

test('bug: the same ones of a hundred connections were counted once, and libzmq has them for each', () => {
  const subscriptions = new Subscriptions(true)
  const all = (message: (prefix: string) => Buffer) => {
    for (let n = 0; n < 15_000; n++) subscriptions.take(message(`topic-${n}`))
  }
  all(subscribe)
  assert.ok(!subscriptions.isOverfull)
  for (let n = 1; n < 100; n++) all(subscribe)
  assert.ok(subscriptions.isOverfull)
  for (let n = 0; n < 100; n++) all(unsubscribe)
  assert.ok(!subscriptions.isOverfull)
})

test('more than are searched: then everything is taken for wanted, until some have gone', () => {
  const subscriptions = new Subscriptions(true)
  for (let n = 0; n < 10_001; n++) subscriptions.take(subscribe(`x${n}`))
  assert.ok(subscriptions.want('y '))
  subscriptions.take(unsubscribe('x5'))
  assert.ok(!subscriptions.want('y '))
  assert.ok(subscriptions.want('x6 '))
})

test('so many that libzmq would take too much memory for them', () => {
  const most = (length: number) => {
    const subscriptions = new Subscriptions(true)
    let n = 0
    while (!subscriptions.isOverfull) subscriptions.take(subscribe(String(n++).padEnd(length, 'x')))
    // One less is enough.
    subscriptions.take(unsubscribe('0'.padEnd(length, 'x')))
    assert.ok(!subscriptions.isOverfull)
    subscriptions.take(unsubscribe('nobody has this'))
    subscriptions.take(subscribe('0'.padEnd(length, 'x')))
    assert.ok(subscriptions.isOverfull)
    subscriptions.clear()
    assert.ok(!subscriptions.isOverfull)
    return n
  }
  assert.ok(most(20) > 20_000)
  assert.ok(most(256) < 5_000)
})
