// Puts the letters that stay back into their file. A kill at any moment leaves files beside it from which the next replay
// goes on:
//
// - FILE.replay: what is being sent, and later what stays of it. As long as it is there, nothing of it is in FILE; or it
//   is FILE itself, under both names.
// - FILE.replay.new: what stays, not complete yet. It takes the place of FILE.replay when it is.
// - FILE.replay.N: what a daemon wrote into a new FILE meanwhile. It belongs into FILE.replay, from byte N on.
import { chown, link, lstat, readdir, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { codeOf } from '../../lib/errors.ts'
import { AppendedFile, syncFolder } from '../../lib/transport/appended-file.ts'
import { type LineSet, readPieces } from './pieces.ts'

/** Bytes that are written at once. */
const PART = 4 * 2 ** 20
/** How often a file is taken in that daemons have begun anew. Those that write more often do so without a pause. */
const MOST_FILES = 10

/** Where a file is while it is being sent: what daemons write meanwhile begins a new one. */
export function asideOf(file: string): string {
  return `${file}.replay`
}

/** What a replay that was killed has left beside `file`, besides the one that it was sending. */
export async function resume(file: string, most: number): Promise<void> {
  const aside = asideOf(file)
  await rm(newOf(aside), { force: true })
  for (const { path, at } of await takenIn(aside)) await takeIn(path, aside, at, most)
  if (await isSame(file, aside)) await rm(aside)
}

/**
 * Gives what was aside, without the lines that are done, the name `file` again. `most` is the length of a line that is
 * held in memory. Throws what the file system says; then all is still aside.
 */
export async function putBack(file: string, done: LineSet, most: number): Promise<void> {
  const aside = asideOf(file)
  if (done.size > 0) {
    await takeOut(aside, done, most)
    if ((await stat(aside)).size === 0) return forget(aside, file)
  }
  for (let files = 0; files < MOST_FILES; files++) {
    const problem = await giveName(aside, file)
    if (problem === undefined) return forget(aside, file)
    // Not every file system has a second name for a file, and not everything of that name is a file.
    if (problem !== 'EEXIST' || !(await setAside(file, aside, most))) break
  }
  // Not safe from a kill: then some of them would be there twice.
  await append(aside, file, most)
  await forget(aside, file)
}

/** The files that were set aside later, and where they belong. */
export async function takenIn(aside: string): Promise<{ path: string; at: number }[]> {
  const start = `${basename(aside)}.`
  const names = (await readdir(dirname(aside))).filter(name => name.startsWith(start))
  return names
    .map(name => ({ path: join(dirname(aside), name), at: name.slice(start.length) }))
    .filter(({ at }) => /^\d+$/.test(at))
    .map(({ path, at }) => ({ path, at: Number(at) }))
}

function newOf(aside: string): string {
  return `${aside}.new`
}

/** In place of the file, one without these lines. */
async function takeOut(aside: string, done: LineSet, most: number): Promise<void> {
  const begun = newOf(aside)
  try {
    await writeFile(begun, '', { mode: 0o600 })
    await append(aside, begun, most, done)
    await keepOwner(aside, begun)
    await rename(begun, aside)
  } catch (error) {
    // The disk may be full.
    await rm(begun, { force: true })
    throw error
  }
}

/** The error's code, if it cannot have the name. */
async function giveName(path: string, name: string): Promise<string | undefined> {
  try {
    await link(path, name)
    return undefined
  } catch (error) {
    return codeOf(error) ?? 'unknown'
  }
}

/** Takes the file away that a daemon has begun: its letters come after those that stay. False where that is no file. */
async function setAside(file: string, aside: string, most: number): Promise<boolean> {
  const { size } = await stat(aside)
  const later = `${aside}.${size}`
  try {
    if (!(await lstat(file)).isFile()) return false
    await rename(file, later)
  } catch (error) {
    // Somebody else has taken it away.
    if (codeOf(error) === 'ENOENT') return true
    throw error
  }
  await takeIn(later, aside, size, most)
  return true
}

/** What is there already from byte `at` on is a part of it, and is written again. */
async function takeIn(later: string, aside: string, at: number, most: number): Promise<void> {
  const size = (await stat(aside).catch(() => undefined))?.size ?? 0
  if (size > at) await truncate(aside, at)
  await append(later, aside, most)
  await syncFolder(dirname(aside))
  await rm(later)
}

/** Appends the lines that are not done. They are on the disk when it returns. */
async function append(from: string, to: string, most: number, done?: LineSet): Promise<void> {
  const file = new AppendedFile(to)
  try {
    let part: Buffer[] = []
    let bytes = 0
    // All there is, also where it was not read to its end, or at all.
    const { size } = await stat(from)
    for await (const pieces of readPieces(from, size, most)) {
      for (const piece of pieces) {
        if (done?.has(piece.line)) continue
        part.push(piece.bytes)
        bytes += piece.bytes.length
      }
      if (bytes < PART) continue
      await file.write(Buffer.concat(part))
      part = []
      bytes = 0
    }
    if (bytes > 0) await file.write(Buffer.concat(part))
  } finally {
    await file.close()
  }
}

/** All of it is in the file by now, or was sent. */
async function forget(aside: string, file: string): Promise<void> {
  await keepOwner(aside, file)
  await syncFolder(dirname(file))
  await rm(aside)
}

/** Begun anew by root, the file would be closed to the daemon whose file it was. */
async function keepOwner(from: string, to: string): Promise<void> {
  const [{ uid, gid }, begun] = await Promise.all([stat(from), stat(to).catch(() => undefined)])
  if (process.getuid?.() === 0 && begun && begun.uid !== uid) await chown(to, uid, gid)
}

async function isSame(path: string, other: string): Promise<boolean> {
  const [one, two] = await Promise.all(
    [path, other].map(name => stat(name, { bigint: true }).catch(() => undefined)),
  )
  return one !== undefined && two !== undefined && one.dev === two.dev && one.ino === two.ino
}
