import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anonymous, networkOf } from '../../../src/daemons/collect/address.ts'

const CASES: [address: string, network: string, anonymous: string][] = [
  ['192.0.2.17', '192.0.2.17', '192.0.2.0'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::', '2001:db8:1::'],
  ['2001:DB8:0001::6', '2001:db8:1::', '2001:db8:1::'],
  ['2001:db8::1:2:3:4:5', '2001:db8:0:1::', '2001:db8::'],
  ['::1', '::', '::'],
  ['::', '::', '::'],
  ['fe80::1%eth0', 'fe80::', 'fe80::'],
  ['1:2:3:4::', '1:2:3:4::', '1:2:3::'],
  ['64:ff9b::192.0.2.1', '64:ff9b::', '64:ff9b::'],
]
for (const [address, network, short] of CASES)
  test(`${address} is of ${network}, and without its end ${short}`, () => {
    assert.deepEqual([networkOf(address), anonymous(address)], [network, short])
  })
