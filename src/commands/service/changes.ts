import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { codeOf, Fatal, systemMessageOf } from '../../lib/errors.ts'

/** One step of what a command changes, so that it can be shown before it is done. */
export type Change =
  | { write: string; text: string; mode: number }
  | { remove: string }
  /** A folder, where nothing is in it. */
  | { removeEmpty: string }
  /** `lax`: it may fail, and does where there is nothing to do. */
  | { run: readonly string[]; lax?: boolean }

/** As a person would do them by hand. */
export function showChanges(changes: readonly Change[]): string {
  if (changes.length === 0) return '# nothing to change\n'
  return changes.map(showChange).join('\n')
}

function showChange(change: Change): string {
  if ('write' in change)
    return `# write ${change.write} (mode ${change.mode.toString(8).padStart(4, '0')}):\n${change.text}`
  if ('remove' in change) return `# remove ${change.remove}\n`
  if ('removeEmpty' in change) return `# remove ${change.removeEmpty}, if it is empty\n`
  return `# run: ${change.run.join(' ')}\n`
}

/** Throws Fatal at the first one that fails. */
export function makeChanges(changes: readonly Change[]): void {
  for (const change of changes) {
    if ('write' in change) writeWhole(change.write, change.text, change.mode)
    else if ('remove' in change) rmSync(change.remove, { force: true })
    else if ('removeEmpty' in change) removeEmpty(change.removeEmpty)
    else runCommand(change.run, change.lax)
  }
}

/** Nobody ever reads half of it. */
function writeWhole(path: string, text: string, mode: number): void {
  const next = `${path}.${process.pid}.new`
  try {
    makeFolder(dirname(path))
    writeFileSync(next, text, { mode, flag: 'wx' })
    // Whatever the umask of whoever types it.
    chmodSync(next, mode)
    renameSync(next, path)
  } catch (error) {
    rmSync(next, { force: true })
    throw new Fatal(`${path}: ${systemMessageOf(error)}`)
  }
}

/** Everybody may look into what was not there, whatever the umask. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  mkdirSync(folder)
  chmodSync(folder, 0o755)
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EBUSY'].includes(codeOf(error) ?? '')) throw error
  }
}

function runCommand([program = '', ...args]: readonly string[], lax = false): void {
  try {
    execFileSync(program, args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' })
  } catch (error) {
    if (lax) return
    const { stderr = '' } = error as { stderr?: string }
    throw new Fatal(`${[program, ...args].join(' ')}: ${stderr.trim() || systemMessageOf(error)}`)
  }
}
