import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { PAGE } from '../../../src/lib/spool/layout.ts'
import { SpoolFile } from '../../../src/lib/spool/spool-file.ts'
import { FRAME, walkWal } from '../../../src/lib/spool/wal.ts'
import { batch, openSpool, range, spoolPath, work } from '../../support/spool.ts'

function walk(log: Buffer) {
  return walkWal((buffer, offset) => log.copy(buffer, 0, offset, offset + buffer.length), log.length)
}

/** A log of ten commits, of at least three frames each. */
function logOf(t: TestContext, commits = 10): Buffer {
  const path = spoolPath(t)
  new SpoolFile(path, { reserve: 0 }).close()
  const spool = openSpool(t, path)
  for (const n of range(1, commits)) spool.commit(work({ append: [batch(n, 20_000)] }))
  return readFileSync(`${path}-wal`)
}

/** Numbers of the frames that end a commit. */
function ends(log: Buffer): number[] {
  return walk(log).frames.flatMap(({ pages }, n) => (pages > 0 ? [n] : []))
}

const headerOf = (frame: number) => 32 + frame * FRAME

test('a log as it should be', t => {
  const log = logOf(t)
  const { frames, taken, commits, lost, pages } = walk(log)
  assert.equal(frames.length, (log.length - 32) / FRAME)
  assert.ok(frames.every(({ verified }) => verified))
  assert.deepEqual({ taken, commits, lost }, { taken: frames.length, commits: 10, lost: 0 })
  assert.equal(pages, frames.at(-1)!.pages)
  assert.equal(frames[0]!.offset, 32 + 24)
})

test('nothing, or hardly anything', t => {
  const log = logOf(t, 1)
  for (const length of [0, 1, 32, 33, 32 + FRAME - 1])
    assert.deepEqual(walk(log.subarray(0, length)), { frames: [], taken: 0, commits: 0, pages: 0, lost: 0 })
  assert.equal(walk(Buffer.alloc(log.length)).lost, 0)
})

test('a flipped bit in a page, in a frame, in its salt: what follows is counted', t => {
  const log = logOf(t)
  const third = ends(log)[2]!
  for (const offset of [24 + PAGE - 1, 24, 0, 4, 9, 17]) {
    const bad = Buffer.from(log)
    bad[headerOf(third + 1) + offset]! ^= 1
    const { taken, commits, lost, frames } = walk(bad)
    assert.deepEqual({ taken, commits }, { taken: third + 1, commits: 3 }, `${offset}`)
    assert.ok(lost >= 7, `${offset}: ${lost}`)
    assert.equal(frames.length, (log.length - 32) / FRAME)
    // The checksum of each frame goes on from the one before, as it is stored: so all but one or two can be told to be right.
    assert.ok(frames.filter(({ verified }) => !verified).length <= 2)
  }
})

test('a wrong header: all commits are lost', t => {
  const log = logOf(t)
  for (const offset of [0, 4, 8, 16, 24]) {
    const bad = Buffer.from(log)
    bad[offset]! ^= 1
    const { taken, commits, lost } = walk(bad)
    assert.deepEqual({ taken, commits, lost }, { taken: 0, commits: 0, lost: 10 }, `${offset}`)
  }
})

test('a torn last commit is no loss that is reported', t => {
  const log = logOf(t)
  const bad = Buffer.from(log)
  bad.fill(0, headerOf(ends(log)[8]! + 1), headerOf(ends(log)[8]! + 2))
  assert.equal(walk(bad).lost, 1)
  assert.equal(walk(bad).commits, 9)
  assert.equal(walk(log.subarray(0, -100)).commits, 9)
  assert.equal(walk(log.subarray(0, -100)).lost, 0)
})

test('what is left from before the log was begun anew does not count', t => {
  const path = spoolPath(t)
  const spool = openSpool(t, path, { reserve: 0, minFree: 0 })
  // The log is moved into the file after 1 MiB, and then written over.
  for (const n of range(1, 60)) spool.commit(work({ append: [batch(n, 20_000)] }))
  const log = readFileSync(`${path}-wal`)
  const { frames, taken, lost } = walk(log)
  assert.ok(frames.length < (log.length - 32) / FRAME, 'there is something left')
  assert.equal(taken, frames.length)
  assert.equal(lost, 0)
})

test('the other order of bytes', t => {
  const log = logOf(t, 3)
  // As a machine of the other kind writes it: another magic number, and checksums over words of its order.
  const other = Buffer.from(log)
  other.writeUInt32BE(log.readUInt32BE(0) ^ 1, 0)
  let sum = sumOf([0, 0], other.subarray(0, 24), log.readUInt32BE(0))
  put(other, 24, sum)
  for (let at = 32; at < other.length; at += FRAME) {
    sum = sumOf(sum, other.subarray(at, at + 8), log.readUInt32BE(0))
    sum = sumOf(sum, other.subarray(at + 24, at + FRAME), log.readUInt32BE(0))
    put(other, at + 16, sum)
  }
  assert.deepEqual(walk(other), walk(log))
})

function put(log: Buffer, at: number, [a, b]: [number, number]): void {
  log.writeUInt32BE(a, at)
  log.writeUInt32BE(b, at + 4)
}

/** Of the order that the magic number is not. */
function sumOf([a, b]: [number, number], bytes: Buffer, magic: number): [number, number] {
  const word = (at: number) => (magic & 1 ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at))
  for (let at = 0; at < bytes.length; at += 8) {
    a = (a + word(at) + b) >>> 0
    b = (b + word(at + 4) + a) >>> 0
  }
  return [a, b]
}

test('a rest of before, one salt of which looks right, stays one', t => {
  const [log, before] = [logOf(t), logOf(t)]
  const end = ends(log)[4]! + 1
  for (const salt of [8, 12])
    for (const frame of [end, end + 2]) {
      const mixed = Buffer.concat([log.subarray(0, headerOf(end)), before.subarray(headerOf(end))])
      log.copy(mixed, headerOf(frame) + salt, headerOf(0) + salt, headerOf(0) + salt + 4)
      const { frames, commits, lost } = walk(mixed)
      assert.deepEqual({ frames: frames.length, commits, lost }, { frames: end, commits: 5, lost: 0 })
    }
})
