// What the hashes of some events must be, by a plain loop over them: nothing in it is shared with what it judges.

/** An event for tests: account, type, and when it was. */
export interface Event {
  account: string
  type: string
  time: number
  amount?: number
  visitor?: string
}

export type Hashes = { [name: string]: { [field: string]: string } }

/** The four hashes of each key, of `{account}/{type}` and, in cents, of `{account}/revenue` and of `{account}/visitors`. */
export function hashesOf(events: readonly Event[], timeZone: string): Hashes {
  const hashes: Hashes = {}
  const seen = new Set<string>()
  const add = (key: string, event: Event, amount: number) => {
    const { year, month, day, hour, minute } = clock(event.time, timeZone)
    const path = [key, year, month, day, hour, minute]
    for (let length = 3; length <= 6; length++) {
      const hash = path.slice(0, length - 1).join('/')
      hashes[hash] ??= {}
      const field = path[length - 1]!
      hashes[hash][field] = String(Number(hashes[hash][field] ?? 0) + amount)
    }
  }
  for (const event of events) {
    add(`${event.account}/${event.type}`, event, 1)
    if (event.amount !== undefined) add(`${event.account}/revenue`, event, event.amount)
    if (event.visitor !== undefined) see(event)
  }
  return hashes

  function see(event: Event): void {
    const { year, month, day, hour, minute } = clock(event.time, timeZone)
    const path = [`${event.account}/visitors`, year, month, day, hour, minute]
    for (let length = 3; length <= 6; length++) {
      const bucket = path.slice(0, length).join('/')
      const hash = path.slice(0, length - 1).join('/')
      hashes[hash] ??= {}
      const isNew = !seen.has(`${bucket} ${event.visitor}`)
      seen.add(`${bucket} ${event.visitor}`)
      const field = path[length - 1]!
      hashes[hash][field] = String(Number(hashes[hash][field] ?? 0) + (isNew ? 1 : 0))
    }
  }
}

const formats = new Map<string, Intl.DateTimeFormat>()

function clock(time: number, timeZone: string) {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en-GB', {
      ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit' },
      ...{ hour: '2-digit', minute: '2-digit' },
    })
  formats.set(timeZone, format)
  const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, value]))
  return parts as { year: string; month: string; day: string; hour: string; minute: string }
}

/** As a record that a daemon takes. */
export function recordOf(
  { account, type, time, amount, visitor }: Event,
  id?: string,
): { [field: string]: unknown } {
  return {
    ...(id !== undefined && { '@meta': { id } }),
    ...{ type, time: new Date(time).toISOString(), data: { account, amount, visitor } },
  }
}
