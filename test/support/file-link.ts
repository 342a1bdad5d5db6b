// A link to a file in a folder of its own, and file systems that fail at a chosen moment.

import assert from 'node:assert/strict'
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import type { TestContext } from 'node:test'
import { pino } from 'pino'
import { Batch } from '../../src/lib/batch.ts'
import type { Endpoint } from '../../src/lib/endpoint.ts'
import type { LinkContext } from '../../src/lib/transport/link.ts'
import { createReader } from './reader.ts'

export const batchOf = (...lines: string[]) =>
  Batch.fromBytes(Buffer.from(lines.map(line => `${line}\n`).join('')), createReader())

/** A folder of its own, and a context whose every step can be looked at. */
export async function setUp(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-'))
  t.after(() => rm(folder, { recursive: true }))
  // A retry comes at once.
  t.mock.method(Math, 'random', () => -1 / 9)
  const giveUp = new AbortController()
  const log: { level: number; msg: string }[] = []
  let waitingFor: string | undefined
  let told: (() => void) | undefined
  const context: LinkContext = {
    log: pino({}, { write: line => void log.push(JSON.parse(line)) }),
    reader: createReader(),
    buffer: 2 ** 26,
    refuse: async () => assert.fail('nothing is refused here'),
    maxMessage: 1000,
    host: { stdin: new PassThrough(), stdout: new PassThrough() },
    waitingFor: reason => {
      waitingFor = reason
      told?.()
    },
    signal: giveUp.signal,
    onReload: () => {},
    fatal: error => {
      throw error
    },
    gone: reason => assert.fail(reason),
  }
  const path = join(folder, 'file.ndjson')
  const endpoint = (direction: 'pull' | 'push', address = path): Endpoint => ({
    direction,
    mode: 'connect',
    scheme: 'file',
    address,
    query: {},
  })
  /** Settles when the link next says what it waits for. */
  const nextWait = () => new Promise<void>(resolve => (told = resolve))
  return { folder, path, endpoint, context, giveUp, log, nextWait, waiting: () => waitingFor }
}

/** Calls `then` right after this method of any open file: the first time, or always. */
export async function after(
  t: TestContext,
  path: string,
  method: 'write' | 'sync' | 'datasync',
  then: () => unknown,
  when: 'once' | 'always' = 'once',
) {
  const handle = await open(path)
  const prototype = Object.getPrototypeOf(handle)
  await handle.close()
  const original = prototype[method]
  let calls = 0
  t.mock.method(prototype, method, async function (this: unknown, ...args: unknown[]) {
    const result = await original.apply(this, args)
    if (when === 'always' || ++calls === 1) await then()
    return result
  })
}

export type Call = (file: FileHandle, bytes: Buffer) => Promise<unknown>

/** The first calls of this method of any open file do something else. */
export async function instead(t: TestContext, path: string, method: 'write' | 'datasync', calls: Call[]) {
  const handle = await open(path)
  const prototype = Object.getPrototypeOf(handle)
  await handle.close()
  const original = prototype[method]
  t.mock.method(prototype, method, function (this: FileHandle, ...args: unknown[]) {
    // What is written at a place is not appended.
    const call = args[3] === undefined ? calls.shift() : undefined
    return call ? call(this, args[0] as Buffer) : original.apply(this, args)
  })
}

export const LINE = 'b'.repeat(100)

export const failing = (code: string) => () =>
  Promise.reject(Object.assign(new Error(`${code}: made up`), { code }))

/** Writes so many bytes, and then lets something happen. */
export const part =
  (length: number, then: () => unknown = () => {}): Call =>
  async (file, bytes) => {
    await file.appendFile(bytes.subarray(0, length))
    await then()
    return { bytesWritten: length }
  }
