// What the tests with journals share.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { JournalEntry } from '../../servers/journal.ts'

export type Fields = { [field: string]: unknown }

export const BOOTS = ['1', '2'].map(digit => digit.repeat(32))
const START = 1_700_000_000_000_000

/** Entries with the numbers from `from` up to, but not including, `to`: a millisecond apart. */
export function numbered(from: number, to: number, more: JournalEntry = {}): JournalEntry[] {
  return Array.from({ length: to - from }, (_, n) => ({
    __REALTIME_TIMESTAMP: String(START + (from + n) * 1000),
    __MONOTONIC_TIMESTAMP: String((from + n + 1) * 1000),
    _BOOT_ID: BOOTS[0]!,
    _HOSTNAME: 'web1',
    _SYSTEMD_UNIT: 'app.service',
    PRIORITY: '6',
    MESSAGE: `number ${from + n}`,
    ...more,
  }))
}

export const numbersIn = (records: Fields[]) =>
  records.map(({ message }) => Number(/\bnumber (\d+)$/.exec(String(message))?.[1]))
export const upTo = (n: number) => Array.from({ length: n }, (_, i) => i)
export const idOf = (record: Fields) => (record['@meta'] as { id: string }).id

export function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A child of a process, by the name of its program. */
export function childOf(parent: number, name: string): number {
  for (const entry of readdirSync('/proc').filter(one => /^\d+$/.test(one))) {
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8')
      if (stat.includes(`(${name})`) && Number(stat.split(') ')[1]!.split(' ')[1]) === parent)
        return Number(entry)
    } catch {}
  }
  throw new Error(`${parent} has no child ${name}`)
}
