import type { DatabaseSync } from 'node:sqlite'

/** Counts how many records there are in each second and in each minute, and how many of them are severe. */
export class TimeCounts {
  readonly #seconds = new Map<number, { records: number; severe: number }>()
  readonly #countSecond
  readonly #countMinute

  constructor(db: DatabaseSync) {
    const count = (table: string) =>
      db.prepare(`INSERT INTO ${table} VALUES (?, ?, ?)
        ON CONFLICT DO UPDATE SET records = records + excluded.records, severe = severe + excluded.severe`)
    this.#countSecond = count('seconds')
    this.#countMinute = count('minutes')
  }

  /** `time` in epoch milliseconds. */
  add(time: number, severe: boolean): void {
    const second = Math.floor(time / 1000)
    const counts = this.#seconds.get(second)
    if (!counts) this.#seconds.set(second, { records: 1, severe: severe ? 1 : 0 })
    else {
      counts.records++
      if (severe) counts.severe++
    }
  }

  flush(): void {
    for (const [second, { records, severe }] of this.#seconds) {
      this.#countSecond.run(second, records, severe)
      this.#countMinute.run(Math.floor(second / 60), records, severe)
    }
    this.#seconds.clear()
  }

  clear(): void {
    this.#seconds.clear()
  }
}
