import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Subscriptions } from '../../../src/lib/pubsub/subscriptions.ts'

const subscribe = (prefix: string) => Buffer.from(`\x01${prefix}`)
const unsubscribe = (prefix: string) => Buffer.from(`\x00${prefix}`)

test('nobody wants anything before he says so, nor after he has taken it back', () => {
  const subscriptions = new Subscriptions(true)
  assert.ok(!subscriptions.want('pageview '))
  subscriptions.take(subscribe('page'), 1)
  assert.ok(subscriptions.want('pageview '))
  assert.ok(!subscriptions.want('click '))
  subscriptions.take(subscribe(''), 1)
  assert.ok(subscriptions.want('click '))
  subscriptions.take(unsubscribe(''), 1)
  assert.ok(!subscriptions.want('click '))
  assert.ok(subscriptions.want('pageview '))
  subscriptions.take(unsubscribe('page'), 1)
  assert.ok(!subscriptions.want('pageview '))
})

test('who goes on into the event may want it where both are one frame, and cannot where they are two', () => {
  for (const whole of [true, false]) {
    const subscriptions = new Subscriptions(whole)
    subscriptions.take(subscribe('pageview {"'), 1)
    assert.equal(subscriptions.want('pageview '), whole)
    assert.ok(!subscriptions.want('click '))
  }
})

test('prefixes are bytes', () => {
  const subscriptions = new Subscriptions(true)
  // Half of an é.
  subscriptions.take(Buffer.from([1, 0x63, 0xc3]), 1)
  assert.ok(subscriptions.want('cé '))
  assert.ok(!subscriptions.want('ce '))
})

test('what is no subscription is nothing', () => {
  const subscriptions = new Subscriptions(true)
  subscriptions.take(Buffer.from('hello'), 1)
  subscriptions.take(Buffer.alloc(0), 1)
  assert.equal(subscriptions.size, 0)
})

test('what several have subscribed to is wanted until libzmq says that the last one has gone', () => {
  const subscriptions = new Subscriptions(true)
  for (let n = 0; n < 2; n++) subscriptions.take(subscribe('page'), 2)
  assert.equal(subscriptions.size, 1)
  assert.ok(subscriptions.want('pageview '))
  subscriptions.take(unsubscribe('page'), 1)
  assert.ok(!subscriptions.want('pageview '))
  subscriptions.take(unsubscribe('page'), 1)
  assert.equal(subscriptions.size, 0)
})

test('bug: the same ones of a hundred connections were counted once, and libzmq has them for each', () => {
  const subscriptions = new Subscriptions(true)
  const all = (message: (prefix: string) => Buffer, connections: number) => {
    for (let n = 0; n < 15_000; n++) subscriptions.take(message(`topic-${n}`), connections)
  }
  all(subscribe, 1)
  assert.ok(!subscriptions.isOverfull)
  for (let n = 2; n <= 100; n++) all(subscribe, n)
  assert.ok(subscriptions.isOverfull)
  all(unsubscribe, 1)
  assert.ok(!subscriptions.isOverfull)
})

test('bug: one who asked for the same again and again counted as many, and all connections ended', () => {
  const subscriptions = new Subscriptions(true)
  for (let n = 0; n < 2_000_000; n++) subscriptions.take(subscribe('page'), 3)
  assert.ok(!subscriptions.isOverfull)
})

test('more than are searched: then everything is taken for wanted, until some have gone', () => {
  const subscriptions = new Subscriptions(true)
  for (let n = 0; n < 10_001; n++) subscriptions.take(subscribe(`x${n}`), 1)
  assert.ok(subscriptions.want('y '))
  subscriptions.take(unsubscribe('x5'), 1)
  assert.ok(!subscriptions.want('y '))
  assert.ok(subscriptions.want('x6 '))
})

test('so many that libzmq would take too much memory for them', () => {
  const most = (length: number) => {
    const subscriptions = new Subscriptions(true)
    let n = 0
    while (!subscriptions.isOverfull) subscriptions.take(subscribe(String(n++).padEnd(length, 'x')), 1)
    // One less is enough.
    subscriptions.take(unsubscribe('0'.padEnd(length, 'x')), 1)
    assert.ok(!subscriptions.isOverfull)
    subscriptions.take(unsubscribe('nobody has this'), 1)
    subscriptions.take(subscribe('0'.padEnd(length, 'x')), 1)
    assert.ok(subscriptions.isOverfull)
    subscriptions.clear()
    assert.ok(!subscriptions.isOverfull)
    return n
  }
  assert.ok(most(20) > 20_000)
  assert.ok(most(256) < 5_000)
})
