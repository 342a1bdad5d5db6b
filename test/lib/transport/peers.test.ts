import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PeerCount } from '../../../src/lib/transport/peers.ts'

test('who comes, shakes hands and goes is counted', () => {
  const peers = new PeerCount()
  peers.on('begun')
  assert.equal(peers.on('ready'), false)
  assert.equal(peers.count, 1)
  assert.equal(peers.present(), undefined)
  assert.equal(peers.on('ended'), false)
  assert.equal(peers.count, 0)
})

test('who has failed to shake hands takes no place of a peer, however late it ends', () => {
  const peers = new PeerCount()
  peers.on('begun')
  peers.on('ready')
  for (let n = 0; n < 2_000; n++) peers.on('begun')
  for (let n = 0; n < 2_000; n++) {
    peers.on('failed')
    assert.equal(peers.on('ended'), true)
  }
  assert.equal(peers.count, 1)
  peers.on('ended')
  assert.equal(peers.count, 0)
})

test('a peer that breaks the protocol after its handshake is one less', () => {
  const peers = new PeerCount()
  peers.on('begun')
  peers.on('ready')
  peers.on('failed')
  peers.on('ended')
  assert.equal(peers.count, 0)
})
