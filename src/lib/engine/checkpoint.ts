import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf, Fatal, messageOf } from '../errors.ts'
import { makeFolder } from '../folder.ts'
import { AcceptedPosition } from './accepted-position.ts'

/** Milliseconds that the file may lag behind. */
export const SAVE_EVERY = 200
/** Milliseconds until it is tried again. */
export const RETRY_AFTER = 1_000

/** Whom a checkpoint tells what goes wrong. */
export interface Told {
  /** It cannot be written for now: the disk is full, say. It is tried again; `undefined` when it has succeeded. */
  waiting(reason: string | undefined): void
  fatal(error: unknown): void
}

/**
 * Keeps the highest position before which everything was accepted in a file. The file lags behind by at most a moment, so a
 * killed daemon repeats a little and loses nothing. While it cannot be written, the position moves all the same.
 */
export class CheckpointFile extends AcceptedPosition {
  readonly #path: string
  readonly #told: Told
  #saved: unknown
  #timer: NodeJS.Timeout | undefined
  #saving: Promise<void> = Promise.resolve()

  constructor(path: string, position: unknown, told: Told) {
    super(position, () => {
      this.#timer ??= setTimeout(() => this.#save(), SAVE_EVERY)
    })
    this.#path = path
    this.#saved = position
    this.#told = told
  }

  async close(): Promise<void> {
    await this.save()
    clearTimeout(this.#timer)
  }

  /** Writes what is not in the file. */
  async save(): Promise<void> {
    this.#save()
    await this.#saving
  }

  #save(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#saving = this.#saving.then(() => this.#write())
  }

  async #write(): Promise<void> {
    const { position } = this
    if (position === this.#saved) return
    try {
      await replaceFile(this.#path, `${JSON.stringify(position)}\n`)
      this.#saved = position
      this.#told.waiting(undefined)
    } catch (error) {
      const reason = `checkpoint ${this.#path}: ${messageOf(error)}`
      // What no system has said would be the same the next time.
      if (codeOf(error) === undefined) this.#told.fatal(new Fatal(reason))
      this.#told.waiting(reason)
      this.#timer ??= setTimeout(() => this.#save(), RETRY_AFTER)
    }
  }
}

/** Reads the checkpoint, if there is one. Throws Fatal when it cannot be read: starting from nowhere would repeat or lose. */
export async function openCheckpoint(path: string, told: Told): Promise<CheckpointFile> {
  try {
    return new CheckpointFile(path, JSON.parse(await readFile(path, 'utf8')), told)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return new CheckpointFile(path, undefined, told)
    throw new Fatal(`checkpoint ${path}: ${messageOf(error)}`)
  }
}

/** Whole or not at all, also when the power fails: a new file, fsync, rename, fsync of the folder. */
async function replaceFile(path: string, text: string): Promise<void> {
  makeFolder(dirname(path))
  const next = `${path}.next`
  const file = await open(next, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(next, path)
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
