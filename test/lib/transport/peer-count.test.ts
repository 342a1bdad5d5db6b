import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HANDSHAKE, PeerCount } from '../../../src/lib/transport/peer-count.ts'

test('who comes, shakes hands and goes is counted', () => {
  const peers = new PeerCount()
  peers.on('begun')
  assert.equal(peers.on('ready'), undefined)
  assert.equal(peers.count, 1)
  assert.equal(peers.present(), undefined)
  assert.equal(peers.on('ended'), undefined)
  assert.equal(peers.count, 0)
})

test('who has failed to shake hands takes no place of a peer, however late it ends', () => {
  const peers = new PeerCount()
  peers.on('begun')
  peers.on('ready')
  for (let n = 0; n < 2_000; n++) peers.on('begun')
  for (let n = 0; n < 2_000; n++) {
    peers.on('failed')
    assert.equal(peers.on('ended'), 'wrong')
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

/** With a clock that stands still unless it is told. */
function createCount() {
  let now = 0
  const pass = (time: number) => {
    now += time
  }
  return { peers: new PeerCount(() => now), pass }
}

test('bug: one who left while another one shook hands was counted for ever, and the other one called wrong', () => {
  const { peers, pass } = createCount()
  for (let n = 0; n < 100; n++) {
    peers.on('begun')
    peers.on('ready')
    peers.on('begun')
    assert.equal(peers.on('ended'), 'unclear')
    peers.on('ready')
    pass(HANDSHAKE)
    assert.deepEqual(peers.settle(), { wrong: false, unclear: false })
    peers.on('ended')
    assert.equal(peers.count, 0)
  }
})

test('one of a wrong type beside a right one is known by its handshake, which is never over', () => {
  const { peers, pass } = createCount()
  peers.on('begun')
  peers.on('ready')
  peers.on('begun')
  assert.equal(peers.on('ended'), 'unclear')
  // A right one that comes meanwhile.
  pass(10)
  peers.on('begun')
  peers.on('ready')
  assert.deepEqual(peers.settle(), { wrong: false, unclear: true })
  pass(HANDSHAKE)
  assert.deepEqual(peers.settle(), { wrong: true, unclear: false })
  assert.equal(peers.count, 2)
})

test('a stranger who says nothing is not taken for one who leaves', () => {
  const { peers, pass } = createCount()
  peers.on('begun')
  peers.on('ready')
  peers.on('begun')
  pass(HANDSHAKE)
  assert.equal(peers.on('ended'), undefined)
  assert.equal(peers.count, 0)
  peers.on('failed')
  assert.equal(peers.on('ended'), 'wrong')
})

test('where nobody is there it is known at once', () => {
  const { peers } = createCount()
  peers.on('begun')
  assert.equal(peers.on('ended'), 'wrong')
  assert.equal(peers.count, 0)
})

test('a handshake that took longer than it was given time leaves no wrong number', () => {
  const { peers, pass } = createCount()
  peers.on('begun')
  peers.on('ready')
  peers.on('begun')
  // The first one.
  peers.on('ended')
  pass(HANDSHAKE)
  assert.equal(peers.settle().wrong, true)
  peers.on('ready')
  assert.equal(peers.count, 1)
  peers.on('ended')
  assert.equal(peers.count, 0)
})
