import { planAll } from '../../../src/commands/doctor/find.ts'
import type { Finding } from '../../../src/commands/doctor/finding.ts'
import type { Host } from '../../../src/commands/doctor/host.ts'
import type { Planned, Setup } from '../../../src/commands/doctor/setup.ts'
import { splitWords } from '../../../src/lib/words.ts'

/** A host on which all is well. */
export const HOST: Host = {
  now: Date.parse('2026-11-22T22:00:00Z'),
  kernel: { rmemMax: 8 * 2 ** 20, somaxconn: 4096, datagramQueue: 512, firstFreePort: 1024 },
  clock: { isSynchronised: true, zone: 'UTC' },
  sockets: [],
  own: new Set(['localhost', '127.0.0.1', '::1', '192.0.2.1', 'here']),
}

/** What command lines come to, each of a process of its own: `syslog-udp --listen :514`. */
export async function plan(...commands: (string | Partial<Setup>)[]): Promise<Planned[]> {
  const setups = commands.map((command, n): Setup => {
    const common = { origin: `${n + 1}`, env: {}, cwd: '/' }
    return typeof command === 'string'
      ? { ...common, words: splitWords(command) }
      : { ...common, words: [], ...command }
  })
  const { planned, findings } = await planAll(setups)
  const wrong = findings.find(({ level }) => level !== 'well')
  if (wrong) throw new Error(wrong.what)
  return planned
}

/** One line each. */
export function said(findings: readonly Finding[]): string[] {
  return findings.map(({ level, about, what, fix }) => `${level} ${about}: ${what}${fix ? ` -> ${fix}` : ''}`)
}
