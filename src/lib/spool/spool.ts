import { dirname } from 'node:path'
import type { Row, SpoolDisk, SpoolDone, SpoolWork } from '../engine/spool-disk.ts'
import { codeOf, Fatal, messageOf } from '../errors.ts'
import { makeFolder } from '../folder.ts'
import { WorkerThread } from '../worker.ts'
import type { SpoolAbout } from './spool-file.ts'
import type { SpoolCalls } from './spool-worker.ts'

/** A spool in a thread of its own. Whatever fails is Fatal: then it is not known what is on the disk. */
export class Spool implements SpoolDisk {
  readonly path: string
  /** What is in it, as of the last commit. */
  about!: SpoolAbout
  readonly #thread: WorkerThread<SpoolCalls>

  private constructor(path: string, died: (error: unknown) => void) {
    this.path = path
    this.#thread = new WorkerThread<SpoolCalls>('lib/spool/spool-worker', { path }, died)
  }

  /** Opens the spool in this file, or makes it. Throws Fatal that says what to do. */
  static async open(path: string, died: (error: unknown) => void): Promise<Spool> {
    try {
      makeFolder(dirname(path))
    } catch (error) {
      throw new Fatal(`--spool ${dirname(path)}: ${messageOf(error)}`)
    }
    const spool = new Spool(path, died)
    try {
      spool.about = await spool.#orFatal(spool.#thread.call('open'))
      return spool
    } catch (error) {
      await spool.#thread.close()
      throw error
    }
  }

  async commit(work: SpoolWork): Promise<SpoolDone> {
    const append = work.append.map(({ records, bytes }) => ({ records, bytes: owned(bytes) }))
    const { about, ...done } = await this.#orFatal(this.#thread.call('commit', { ...work, append }))
    this.about = about
    return done
  }

  read(after: number, maxBytes: number): Promise<Row[]> {
    return this.#orFatal(this.#thread.call('read', { after, maxBytes }))
  }

  async close(): Promise<void> {
    try {
      await this.#thread.call('close')
    } finally {
      await this.#thread.close()
    }
  }

  async #orFatal<T>(promise: Promise<T>): Promise<T> {
    try {
      return await promise
    } catch (error) {
      throw new Fatal(this.#explain(error))
    }
  }

  #explain(error: unknown): string {
    const message = messageOf(error)
    if (codeOf(error) === 'ERR_SPOOL_DAMAGED') return `${message}; type: sluice spool recover ${this.path}`
    if (codeOf(error) === 'ERR_SPOOL_IN_USE')
      return `${message}; stop that one, or give this one a --name of its own`
    return message.includes(this.path) ? message : `the spool ${this.path}: ${message}`
  }
}

/**
 * What crosses the threads is copied with all of the memory that it is a part of, which may be Node's pool for small ones.
 * Shared memory is not copied.
 */
function owned(bytes: Uint8Array): Uint8Array {
  if (bytes.buffer instanceof SharedArrayBuffer) return bytes
  return bytes.byteLength * 2 < bytes.buffer.byteLength ? new Uint8Array(bytes) : bytes
}
