import { codeOf, Misuse, messageOf } from './errors.ts'
import { readWhole } from './read-file.ts'

/** A file that an option names. Throws Misuse that names the flag when it cannot be read. */
export function readOptionFile(flag: string, path: string): Buffer {
  try {
    return readWhole(path)
  } catch (error) {
    const why = codeOf(error) === 'ENOENT' ? 'there is no such file' : messageOf(error)
    throw new Misuse(`${flag}: ${path}: ${why}`)
  }
}
