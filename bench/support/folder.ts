// Where things are: the checkout, and a folder for this run that goes when the run ends.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../..')

let folder: string | undefined

/** The path of a file that lives as long as this run. */
export function temporary(name: string): string {
  if (!folder) {
    folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
    process.on('exit', () => rmSync(folder!, { recursive: true, force: true }))
  }
  return join(folder, name)
}

let made = 0

/** An ipc endpoint that nobody has used yet. */
export function ipcEndpoint(): string {
  return `ipc://${temporary(`${++made}.ipc`)}`
}
