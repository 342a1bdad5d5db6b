// Which of the numbers that were sent are in Elasticsearch, and how often. An index that was read can be deleted.

interface Page {
  hits?: { hits: { sort: [string] }[] }
}

const PAGE = 10_000
const PREFIX = 'soak-'

/** The --index of the sink: one an hour of the event's own time. */
export const INDEX = `${PREFIX}%Y.%m.%d.%H`

/** The name of the index of a time (epoch milliseconds). */
export function indexAt(time: number): string {
  return PREFIX + new Date(time).toISOString().slice(0, 13).replaceAll(/[-T]/g, '.')
}

export class Stored {
  readonly #url: string
  #seen = new Uint8Array(0)
  documents = 0
  /** Different numbers among them. */
  distinct = 0

  constructor(url: string) {
    this.#url = url
  }

  /** Documents that are there once more than they should be. */
  get repeated(): number {
    return this.documents - this.distinct
  }

  /** The indices of an hour each, oldest first. */
  async indices(): Promise<string[]> {
    const rows = await this.#ask<{ index: string }[]>('GET', `_cat/indices/${PREFIX}*?format=json&h=index`)
    return rows.map(({ index }) => index).sort()
  }

  /** Reads all numbers of an index. Nothing may be written to it meanwhile. */
  async read(index: string): Promise<void> {
    await this.#ask('POST', `${index}/_refresh`)
    this.documents += (await this.#ask<{ count: number }>('GET', `${index}/_count`)).count
    // Who comes twice may be passed over at the end of a page, but not in the count.
    for (let after: [string] | undefined, size = PAGE; size === PAGE; ) {
      const { hits } = await this.#ask<Page>('POST', `${index}/_search?filter_path=hits.hits.sort`, {
        size: PAGE,
        _source: false,
        track_total_hits: false,
        sort: [{ syslog_msgid: 'asc' }],
        ...(after && { search_after: after }),
      })
      const page = hits?.hits ?? []
      for (const { sort } of page) this.#note(Number(sort[0]))
      size = page.length
      after = page.at(-1)?.sort
    }
  }

  async delete(index: string): Promise<void> {
    await this.#ask('DELETE', index)
  }

  /** The first of the numbers below `sent` that are not there. */
  missing(sent: number, most: number): number[] {
    const missing: number[] = []
    for (let number = 0; number < sent && missing.length < most; number++) {
      if (!this.#has(number)) missing.push(number)
    }
    return missing
  }

  #has(number: number): boolean {
    return ((this.#seen[number >> 3] ?? 0) & (1 << (number & 7))) !== 0
  }

  #note(number: number): void {
    if (this.#has(number)) return
    if (number >> 3 >= this.#seen.length) this.#grow(number)
    this.#seen[number >> 3]! |= 1 << (number & 7)
    this.distinct++
  }

  #grow(number: number): void {
    const larger = new Uint8Array(2 * (number >> 3) + 1024)
    larger.set(this.#seen)
    this.#seen = larger
  }

  async #ask<Answer>(method: string, path: string, body?: object): Promise<Answer> {
    const response = await fetch(`${this.#url}/${path}`, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as Answer
  }
}
