import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, Fatal, systemMessageOf } from '../../lib/errors.ts'
import { formatBytes } from '../../lib/units.ts'
import { readLetter } from './letter.ts'
import { readPieces } from './pieces.ts'
import { asideOf, takenIn } from './put-back.ts'

/** A longer line is no letter. */
const MOST = 2 ** 26

/** For a person: the files of dead letters in a folder, with how many there are of each reason. */
export async function listLetters(folder: string): Promise<string> {
  const names = (await namesIn(folder)).filter(name => /\.dead\.ndjson(\.replay(\.\d+)?)?$/.test(name))
  const files = [...new Set(names.map(name => name.replace(/\.replay(\.\d+)?$/, '')))].sort()
  const entries: string[] = []
  for (const file of files) entries.push(await describe(join(folder, file)))
  if (entries.length === 0) return `there are no dead letters in ${folder}\n`
  return `${entries.join('\n')}\nsluice replay FILE sends them in again; see sluice replay --help\n`
}

/** Where no daemon has run yet, there is no folder. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw new Fatal(`the state folder ${folder} cannot be read: ${systemMessageOf(error)}`)
  }
}

/** One that was being replayed when that was interrupted counts as well: the next replay begins with it. */
async function describe(file: string): Promise<string> {
  const counts = new Map<string, number>()
  const aside = asideOf(file)
  let size = 0
  for (const path of [file, aside, ...(await takenIn(aside)).map(({ path }) => path)])
    size += await count(path, counts)
  const rows = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
  const width = Math.max(0, ...rows.map(([, letters]) => String(letters).length))
  const lines = rows.map(([reason, letters]) => `  ${String(letters).padStart(width)}  ${reason}\n`)
  return `${file} (${formatBytes(size)})\n${lines.join('')}`
}

/** Adds what is in a file, and returns its bytes. */
async function count(file: string, counts: Map<string, number>): Promise<number> {
  try {
    const { size } = await stat(file)
    for await (const pieces of readPieces(file, size, MOST)) {
      for (const { bytes, whole } of pieces) {
        if (whole && bytes.length === 1) continue
        const reason = (whole && readLetter(bytes)?.dead.reason) || '(not readable)'
        // Some are a server's own words, and this is for a terminal.
        const safe = reason.replace(/[^ -~]/g, '?')
        counts.set(safe, (counts.get(safe) ?? 0) + 1)
      }
    }
    return size
  } catch (error) {
    // A replay has just ended.
    if (codeOf(error) === 'ENOENT') return 0
    throw error
  }
}
