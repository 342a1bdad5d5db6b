import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Checkpoint } from '../daemon.ts'
import { codeOf, Fatal, messageOf } from '../errors.ts'
import { makeFolder } from '../folder.ts'
import { Queue } from './queue.ts'

const SAVE_EVERY = 200

/**
 * Keeps the highest position before which everything was accepted. Positions are accepted in any order; the file
 * lags behind by at most a moment, so a killed daemon repeats a little and loses nothing.
 */
export class CheckpointFile implements Checkpoint {
  readonly #path: string
  readonly #failed: (error: unknown) => void
  readonly #expected = new Queue<{ position: unknown; accepted: boolean }>()
  #position: unknown
  #saved: unknown
  #timer: NodeJS.Timeout | undefined
  #saving: Promise<void> = Promise.resolve()

  constructor(path: string, position: unknown, failed: (error: unknown) => void) {
    this.#path = path
    this.#position = position
    this.#saved = position
    this.#failed = failed
  }

  get position(): unknown {
    return this.#position
  }

  /** Announces a position; the function that is returned says that everything up to it was accepted. */
  expect(position: unknown): () => void {
    // A copy: the source may count on in the same object.
    const entry = { position: structuredClone(position), accepted: false }
    this.#expected.push(entry)
    return () => {
      entry.accepted = true
      while (this.#expected.peek()?.accepted) this.#position = this.#expected.shift()!.position
      if (this.#position !== this.#saved) this.#timer ??= setTimeout(() => this.#save(), SAVE_EVERY)
    }
  }

  async close(): Promise<void> {
    this.#save()
    await this.#saving
  }

  #save(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const position = this.#position
    if (position === this.#saved) return
    this.#saved = position
    this.#saving = this.#saving
      .then(() => replaceFile(this.#path, `${JSON.stringify(position)}\n`))
      .catch(error => this.#failed(new Fatal(`checkpoint ${this.#path}: ${messageOf(error)}`)))
  }
}

/** Reads the checkpoint, if there is one. Throws Fatal when it cannot be read: starting from nowhere would repeat or lose. */
export async function openCheckpoint(
  path: string,
  failed: (error: unknown) => void,
): Promise<CheckpointFile> {
  try {
    return new CheckpointFile(path, JSON.parse(await readFile(path, 'utf8')), failed)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return new CheckpointFile(path, undefined, failed)
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
