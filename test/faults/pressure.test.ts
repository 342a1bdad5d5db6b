// A filter that may drop, and whose own push side leads nowhere: the window of the acknowledged link that it takes from is used
// up long before its buffer is full.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { freePort } from '../support/port.ts'
import { endBalanced, fileEnd } from './ends.ts'
import { Generator } from './generator.ts'
import { Service } from './service.ts'

const address = async () => `ack+tcp://127.0.0.1:${await freePort()}`

describe('nobody takes what it gives on', { concurrency: 2 }, () => {
  for (const policy of ['drop-oldest', 'drop-newest'])
    test(`${policy}: whoever sends to it is held up by nothing, and what came last or first is kept`, async t => {
      const [inward, onward] = [await address(), await address()]
      const relay = new Service(t, 'sluice-relay', [
        ...['--pull-bind', `${inward}?window=1MiB`, '--push-connect', onward, '--when-full', policy],
      ])
      await relay.ready()
      const generator = await Generator.open(t, inward)
      generator.start()
      // Far more than a window.
      await generator.more(40_000)
      const { 'dropped:buffer-full': dropped = 0 } = generator.receipt
      assert.ok(dropped > 10_000, JSON.stringify(generator.receipt))
      const end = fileEnd(t, ['--pull-bind', onward])
      await generator.finish()
      const { 'dropped:buffer-full': gone = 0, stored = 0 } = generator.receipt
      assert.equal(gone + stored, generator.sent)
      const numbers = await end.numbers()
      assert.equal(new Set(numbers).size, stored)
      assert.equal(Math.min(...numbers) === 0, policy === 'drop-newest')
      await endBalanced([relay, end.service])
    })
})
