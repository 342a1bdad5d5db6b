/** How it stands: from what is wrong to what is well. */
export const LEVELS = ['wrong', 'warning', 'unknown', 'well'] as const

export type Level = (typeof LEVELS)[number]

/** What a check has found. */
export interface Finding {
  level: Level
  /** Which check it was: `ports`. */
  check: string
  /** What it is about: a daemon, a file, this host. */
  about: string
  what: string
  /** What to type. */
  fix?: string
}

/** 0: all is well. 1: something is wrong. 2: there are only warnings, or something cannot be told. */
export function exitCodeOf(findings: readonly Finding[]): number {
  if (findings.some(({ level }) => level === 'wrong')) return 1
  return findings.some(({ level }) => level !== 'well') ? 2 : 0
}

/** What all findings of a check have in common. */
export function finder(check: string): (level: Level, about: string, what: string, fix?: string) => Finding {
  return (level, about, what, fix) => ({ level, check, about, what, ...(fix !== undefined && { fix }) })
}

/**
 * A word of what is to be typed, as a shell takes it for one. Names come from files and processes that others may have made, and are
 * pasted by root.
 */
export function quoted(word: string): string {
  return /^[\w./:@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
