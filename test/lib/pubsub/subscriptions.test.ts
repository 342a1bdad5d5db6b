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

test('more than are kept: then everything is taken for wanted', () => {
  const subscriptions = new Subscriptions(true)
  for (let n = 0; n < 20_000; n++) subscriptions.take(subscribe(`x${n}`))
  assert.ok(subscriptions.size <= 10_000)
  assert.ok(subscriptions.want('y '))
  subscriptions.clear()
  assert.ok(!subscriptions.want('y '))
})
