// What a batch of events adds to the counts: pure, so that it can be made again without those that were there already.

import { type Buckets, isAlive } from './buckets.ts'
import type { Amount } from './metric.ts'
import type { Kind } from './owners.ts'
import type { Read, Reading } from './read.ts'

/** What is added to a field: a number, a number times 10^18, or those who were seen. */
export type Addition = number | bigint | readonly string[]

export interface HashChange {
  name: string
  kind: Kind
  /** Epoch milliseconds; 0: never. */
  expires: number
  /** `seen`: when it is forgotten who was (epoch milliseconds; 0: never). */
  fields: readonly (readonly [field: string, addition: Addition, seen?: number])[]
}

/** Goes into the store as a whole, or not at all. */
export interface Change {
  /** Of the events that it is made of: none of them may be in the store already. */
  ids: readonly string[]
  hashes: readonly HashChange[]
  /** Each key with the time of its latest event, and when the last of its hashes is forgotten (0: never). */
  keys: readonly (readonly [key: string, last: number, expires: number])[]
}

/** What those events add that have one of these ids. `now` is the time by which counts are forgotten (clock.ts). */
export function changeOf(read: Read, ids: ReadonlySet<string>, buckets: Buckets, now: number): Change {
  const keys = new Map<string, Minutes>()
  for (const reading of read.readings) {
    if (!ids.has(reading.id)) continue
    const minutes = keys.get(reading.key) ?? new Minutes(reading.kind)
    keys.set(reading.key, minutes)
    minutes.add(reading)
  }
  const counted = [...keys].map(([key, minutes]) => {
    const hashes = minutes.hashes(key, buckets, now)
    return { key, last: minutes.last, hashes }
  })
  return {
    ids: [...ids],
    hashes: counted.flatMap(({ hashes }) => hashes),
    // Of what is older than all that is kept, there is nothing.
    keys: counted.flatMap(({ key, last, hashes }) =>
      hashes.length > 0 ? [[key, last, lastOf(hashes)] as const] : [],
    ),
  }
}

/** When there is none of them any more; 0: never. */
function lastOf(hashes: readonly HashChange[]): number {
  const all = hashes.map(({ expires }) => expires)
  return all.includes(0) ? 0 : Math.max(...all)
}

/** What is added to one key, by the minute. */
class Minutes {
  readonly #kind: Kind
  readonly #minutes = new Map<number, Sum>()
  last = 0

  constructor(kind: Kind) {
    this.#kind = kind
  }

  add({ time, minute, amount }: Reading): void {
    this.last = Math.max(this.last, time)
    this.#minutes.set(minute, joined(this.#minutes.get(minute), this.#new(amount)))
  }

  hashes(key: string, buckets: Buckets, now: number): HashChange[] {
    const kind = this.#kind
    const hashes = new Map<string, { expires: number; fields: Map<string, Total> }>()
    for (const [minute, amount] of this.#minutes)
      for (const { hash, field, expires, seen } of buckets.placesOf(minute, now)) {
        // Nobody knows any more whether they are new.
        if (kind === 'distinct' && !isAlive(seen, now)) continue
        const { fields } = hashes.get(hash) ?? { fields: new Map() }
        hashes.set(hash, { expires, fields })
        fields.set(field, { sum: joined(fields.get(field)?.sum, amount), seen })
      }
    return [...hashes].map(([hash, { expires, fields }]) => ({
      ...{ name: `${key}/${hash}`, kind, expires },
      fields: [...fields].map(([field, { sum, seen }]) =>
        kind === 'distinct' ? ([field, additionOf(sum), seen] as const) : ([field, additionOf(sum)] as const),
      ),
    }))
  }

  #new(amount: Amount): Sum {
    return typeof amount === 'string' ? new Set([amount]) : amount
  }
}

type Sum = Amount | Set<string>

interface Total {
  sum: Sum
  seen: number
}

/** Adds to a sum that is the caller's own; what is added stays as it is, for it is added to several levels. */
function joined(own: Sum | undefined, other: Sum): Sum {
  if (other instanceof Set) {
    // Into the same set: with a copy for each event, 5,000 visitors of one minute took 250 ms; now 7.
    if (!(own instanceof Set)) return new Set(other)
    for (const member of other) own.add(member)
    return own
  }
  if (own === undefined) return other
  return typeof own === 'bigint' ? own + (other as bigint) : (own as number) + (other as number)
}

function additionOf(sum: Sum): Addition {
  return sum instanceof Set ? [...sum] : (sum as number | bigint)
}
