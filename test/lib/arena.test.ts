import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Arena } from '../../src/lib/arena.ts'

const MiB = 1024 * 1024

test('what was given back is used again, and nothing else', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.record({ size: fc.constantFrom(0, 1, 1000, MiB / 2, MiB, 2 * MiB, 3 * MiB) }),
          fc.record({ release: fc.nat() }),
        ),
        { maxLength: 60 },
      ),
      fc.boolean(),
      (steps, shared) => {
        const arena = new Arena({ shared })
        const held: { bytes: Buffer; fill: number }[] = []
        let fill = 0
        for (const step of steps) {
          if ('size' in step) {
            fill = (fill + 1) % 256
            held.push({ bytes: arena.copy(Buffer.alloc(step.size, fill)), fill })
          } else if (held.length > 0) {
            arena.release(held.splice(step.release % held.length, 1)[0]!.bytes)
          }
          for (const { bytes, fill } of held) assert.ok(bytes.every(byte => byte === fill))
        }
      },
    ),
    { numRuns: 30 },
  )
})

test('it stays as large as what is in use', () => {
  const arena = new Arena()
  const slabs = new Set<ArrayBufferLike>()
  const bytes = Buffer.alloc(100_000)
  for (let n = 0; n < 1000; n++) {
    const kept = Array.from({ length: 30 }, () => arena.copy(bytes))
    // Where there are no bytes, nobody thinks of giving them back.
    arena.copy(bytes.subarray(0, 0))
    for (const one of kept) {
      slabs.add(one.buffer)
      arena.release(one)
    }
  }
  assert.ok(slabs.size <= 4, `${slabs.size} slabs`)
})

test('a few bytes that are never given back do not hold one slab after the other', () => {
  const arena = new Arena()
  const slabs = new Set<ArrayBufferLike>()
  for (let n = 0; n < 100; n++) {
    slabs.add(arena.copy(Buffer.alloc(1000, 'x')).buffer)
    for (let m = 0; m < 10; m++) arena.release(arena.copy(Buffer.alloc(300_000)))
  }
  const held = [...slabs].reduce((sum, { byteLength }) => sum + byteLength, 0)
  assert.ok(held < 20 * MiB, `${held} bytes for 100,000`)
})

test('what it does not know is left alone', () => {
  const arena = new Arena()
  arena.release(Buffer.from('somebody else'))
  const large = arena.copy(Buffer.alloc(3 * MiB, 'x'))
  arena.release(large)
  assert.equal(large[0], 'x'.charCodeAt(0))
})
