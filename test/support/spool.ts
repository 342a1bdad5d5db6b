import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Receipt } from '../../src/lib/engine/receipt.ts'
import type { SpoolWork } from '../../src/lib/engine/spool-disk.ts'
import type { Batch } from '../../src/lib/spool/queue.ts'
import { SpoolFile, type SpoolOptions } from '../../src/lib/spool/spool-file.ts'

/** A path for a spool in a folder of its own. */
export function spoolPath(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-spool-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return join(folder, 'test.spool')
}

/** Without a reserve, which would only cost time. Closed after the test. */
export function openSpool(t: TestContext, path: string, options: SpoolOptions = { reserve: 0 }): SpoolFile {
  const spool = new SpoolFile(path, options)
  t.after(() => spool.close())
  return spool
}

/** A batch whose bytes can be told from those of any other number. */
export function batch(number: number, size = 1000, records = 10): Batch {
  const text = `{"batch":${number}}\n`
  return { records, bytes: new Uint8Array(Buffer.alloc(size, text)) }
}

export function work(some: Partial<SpoolWork>): SpoolWork {
  return { append: [], settled: [], dropped: [], ...some }
}

export function settled(seq: number, receipt: Receipt = { stored: 10 }) {
  return { seq, receipt }
}

/** Numbers from, to and including. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, n) => from + n)
}

/** All batches of a spool, read in portions. */
export function readAll(spool: SpoolFile, maxBytes = 100_000) {
  const all = []
  for (let after = 0; ; after = all.at(-1)!.seq) {
    const some = spool.read(after, maxBytes)
    if (some.length === 0) return all
    all.push(...some)
  }
}

/** The path of another spool with the same files; of an open one, as after a SIGKILL. */
export function copySpool(t: TestContext, path: string): string {
  const copy = spoolPath(t)
  for (const end of ['', '-wal', '.mark']) if (existsSync(path + end)) copyFileSync(path + end, copy + end)
  return copy
}

/** Flips one bit of a file. */
export function flip(path: string, offset: number, bit = 0): void {
  const fd = openSync(path, 'r+')
  const byte = Buffer.alloc(1)
  readSync(fd, byte, 0, 1, offset)
  byte[0]! ^= 1 << bit
  writeSync(fd, byte, 0, 1, offset)
  closeSync(fd)
}

/** Another one each time, or the one to try again. */
export function newSeed(): number {
  return Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
}

/** Numbers below a limit, the same for the same seed, which a failing test has to print. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed
  return below => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}
