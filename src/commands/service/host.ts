import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** What is there already: what a command changes depends on it. */
export interface Host {
  read(path: string): string | undefined
  list(folder: string): string[]
  exists(path: string): boolean
  /** Of a unit with its suffix. */
  isActive(unit: string): boolean
  isEnabled(unit: string): boolean
}

export const thisHost: Host = {
  read(path) {
    try {
      return readFileSync(path, 'utf8')
    } catch {
      return undefined
    }
  },
  list: folder => (existsSync(folder) ? readdirSync(folder) : []),
  exists: existsSync,
  isActive: unit => ['active', 'activating', 'reloading'].includes(systemctl('is-active', unit)),
  isEnabled: unit => systemctl('is-enabled', unit) === 'enabled',
}

function systemctl(...args: readonly string[]): string {
  try {
    return execFileSync('systemctl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch (error) {
    return String((error as { stdout?: string }).stdout ?? '').trim()
  }
}
