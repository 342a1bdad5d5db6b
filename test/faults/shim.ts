// What shim.c does to a process, on command.
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

// As in shim.c: a 64-bit integer, then five of 32 bits.
const CLOCK = 0
const SYNCS_FAIL = 8
const WRITES_FAIL = 12
const FAILED = 16
const DISCARD = 20
const DISCARDED = 24
const SIZE = 32

/** The bad luck of one daemon, which is started with `env`. */
export class Shim {
  readonly env: NodeJS.ProcessEnv
  readonly #file: number

  private constructor(library: string, control: string) {
    this.env = { LD_PRELOAD: library, SLUICE_SHIM: control }
    this.#file = openSync(control, 'w+')
    writeSync(this.#file, Buffer.alloc(SIZE), 0, SIZE, 0)
  }

  /** So many of them. Throws where there is no C compiler. */
  static async compile(t: TestContext, count = 1): Promise<Shim[]> {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-shim-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const library = join(folder, 'shim.so')
    try {
      const source = join(import.meta.dirname, 'shim.c')
      execFileSync(
        'gcc',
        ['-O1', '-Wall', '-Werror', '-shared', '-fPIC', '-o', library, source, '-ldl', '-pthread'],
        {
          stdio: 'pipe',
        },
      )
    } catch (error) {
      throw new Error(`gcc cannot compile shim.c: ${(error as Error).message}`)
    }
    const shims = Array.from({ length: count }, (_, n) => new Shim(library, join(folder, String(n))))
    t.after(() => {
      for (const shim of shims) closeSync(shim.#file)
    })
    return shims
  }

  /** Seconds that its wall clock is ahead. */
  set clock(seconds: number) {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(BigInt(seconds))
    writeSync(this.#file, bytes, 0, 8, CLOCK)
  }

  set syncsFail(fail: boolean) {
    this.#put(SYNCS_FAIL, Number(fail))
  }

  /** What a sync that fails should have made safe is lost then, as in a power cut. */
  set syncsLose(lose: boolean) {
    this.#put(DISCARD, Number(lose))
  }

  /** Of those to regular files. */
  set writesFail(fail: boolean) {
    this.#put(WRITES_FAIL, Number(fail))
  }

  /** How many calls have failed by it. */
  get failed(): number {
    return this.#get(FAILED)
  }

  /** How often something was lost by a sync that failed. */
  get lost(): number {
    return this.#get(DISCARDED)
  }

  #get(offset: number): number {
    const bytes = Buffer.alloc(4)
    readSync(this.#file, bytes, 0, 4, offset)
    return bytes.readInt32LE()
  }

  #put(offset: number, value: number): void {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32LE(value)
    writeSync(this.#file, bytes, 0, 4, offset)
  }
}
