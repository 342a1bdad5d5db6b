import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf, Fatal, messageOf } from '../errors.ts'
import { makeFolder } from '../folder.ts'
import { AcceptedPosition } from './accepted-position.ts'

/** Milliseconds that the file may lag behind. */
export const SAVE_EVERY = 200

/**
 * Keeps the highest position before which everything was accepted in a file. The file lags behind by at most a moment, so a
 * killed daemon repeats a little and loses nothing.
 */
export class CheckpointFile extends AcceptedPosition {
  readonly #path: string
  readonly #failed: (error: unknown) => void
  #saved: unknown
  #timer: NodeJS.Timeout | undefined
  #saving: Promise<void> = Promise.resolve()

  constructor(path: string, position: unknown, failed: (error: unknown) => void) {
    super(position, () => {
      this.#timer ??= setTimeout(() => this.#save(), SAVE_EVERY)
    })
    this.#path = path
    this.#saved = position
    this.#failed = failed
  }

  async close(): Promise<void> {
    this.#save()
    await this.#saving
  }

  #save(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const { position } = this
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
