/** What is said of a process to people. */
export interface Said {
  /** What it does now, where that is not its usual work: `starting`. */
  phase?: string
  /** Records that came in, and how many a second of late. */
  taken: number
  rate: number
  held: number
  /** Records on disk that are to be sent. */
  spooled: number
  waiting: readonly string[]
}

/** systemctl shows it in one line. */
const LONGEST = 300

/** The line that `systemctl status` shows: `12345 records, 120/s; 12 held; waits for: …`. */
export function statusLine({ phase, taken, rate, held, spooled, waiting }: Said): string {
  const parts = [
    ...(phase === undefined ? [] : [phase]),
    `${taken} ${taken === 1 ? 'record' : 'records'}${rate >= 0.5 ? `, ${Math.round(rate)}/s` : ''}`,
    ...(held > 0 ? [`${held} held`] : []),
    ...(spooled > 0 ? [`${spooled} in the spool`] : []),
    ...(waiting.length > 0 ? [`waits for: ${waiting.join('; ')}`] : []),
  ]
  return line(parts.join('; '))
}

/** As one line that is not too long. An assignment ends with its line. */
export function line(text: string): string {
  const flat = text.replace(/[\0-\x1f\x7f]+/g, ' ').trim()
  return flat.length > LONGEST ? `${flat.slice(0, LONGEST - 1).toWellFormed()}…` : flat
}
