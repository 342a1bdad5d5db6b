import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { codeOf } from './errors.ts'

/** For the user and the group of the daemon. */
const MODE = 0o750

/**
 * Makes a folder, and those above it, where they are not there. (Node's own `recursive` never returns below /proc, where
 * the parent is there and making says ENOENT: nodejs 24.) Throws what the file system says.
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: MODE })
  } catch (error) {
    if (codeOf(error) === 'EEXIST') {
      if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return
      throw new Error(`${path} is there, and is no folder`)
    }
    if (codeOf(error) !== 'ENOENT' || existsSync(dirname(path))) throw error
    makeFolder(dirname(path))
    makeFolder(path)
  }
}
