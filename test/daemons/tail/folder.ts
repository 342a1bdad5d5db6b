import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import tail from '../../../src/daemons/tail.ts'
import type { LogRecord } from '../../../src/lib/record.ts'
import { type Drive, drive } from '../../support/drive.ts'
import { root, Sluice } from '../../support/process.ts'

/** As quick as it gets: a test waits for records, not for times. */
export const QUICK = ['--look-every', '10ms', '--scan-every', '10ms', '--host', 'web1']

export const isRoot = process.getuid?.() === 0
const NOBODY = 65534

/** A folder of logs, and what is done to them. */
export class LogFolder {
  readonly path: string

  constructor(t: TestContext) {
    this.path = mkdtempSync(join(tmpdir(), 'sluice-logs-'))
    t.after(() => rmSync(this.path, { recursive: true, force: true }))
  }

  at(name: string): string {
    return join(this.path, name)
  }

  write(name: string, text: string | Buffer): void {
    mkdirSync(dirname(this.at(name)), { recursive: true })
    writeFileSync(this.at(name), text)
  }

  append(name: string, text: string | Buffer): void {
    appendFileSync(this.at(name), text)
  }

  rename(from: string, to: string): void {
    renameSync(this.at(from), this.at(to))
  }

  size(name: string): number {
    return statSync(this.at(name)).size
  }

  /** Follows files of this folder in memory. */
  follow(glob: string, ...flags: string[]): Promise<Drive> {
    return drive(tail, '--file', this.at(glob), ...QUICK, ...flags)
  }

  /** Follows them in a process that has no rights, which root alone may start. */
  followAsNobody(t: TestContext, glob: string, ...flags: string[]): Sluice {
    chmodSync(this.path, 0o755)
    const state = this.at('state')
    mkdirSync(state, { recursive: true })
    chownSync(state, NOBODY, NOBODY)
    const who = [
      '--reuid',
      `${NOBODY}`,
      '--regid',
      `${NOBODY}`,
      '--clear-groups',
      join(root, 'bin/sluice-tail'),
    ]
    return new Sluice(t, '/usr/bin/setpriv', [...who, '--file', this.at(glob), ...QUICK, ...flags], {
      env: { STATE_DIRECTORY: state, RUNTIME_DIRECTORY: state },
      cwd: state,
    })
  }
}

export function messages(records: readonly LogRecord[]): unknown[] {
  return records.map(({ message }) => message)
}

/** Lines `from` up to, but not including, `to`; each is 32 bytes, so that a few of them are more than any proof needs. */
export function lines(from: number, to: number, name = 'line'): string {
  return Array.from(
    { length: to - from },
    (_, n) => `${name} ${String(from + n).padStart(30 - name.length, '0')}\n`,
  ).join('')
}

export function textsOf(text: string): string[] {
  return text.split('\n').slice(0, -1)
}

/** Waits until the daemon has counted so many. */
export async function counted(stage: Drive, counter: string, count: number): Promise<void> {
  for (const end = Date.now() + 20_000; Date.now() < end; ) {
    if (stage.stage.counters.get(counter)! >= count) return
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  throw new Error(`${counter} did not become ${count}: ${JSON.stringify([...stage.stage.counters])}`)
}
