// An acknowledgement is a receipt: it says what became of the records of a batch, end to end. Whoever emitted
// them can then balance its books: in + made = stored + spooled + sent + duplicate + dead + merged + dropped.

/**
 * Where a record can end: `stored` by a sink, `spooled` on a disk on the way (whose own books go on), `sent` into a plain
 * link that tells no more, `duplicate` of one already stored, a `dead` letter, `merged` into another record, or
 * `dropped` for a named reason.
 */
export type Outcome = 'stored' | 'spooled' | 'sent' | 'duplicate' | 'dead' | 'merged' | `dropped:${string}`

/** A count for each outcome that occurred, and how many records filters `made` on the way. */
export type Receipt = { [what in Outcome | 'made']?: number }

/** Adds `receipt` to `total`, which is changed. */
export function addReceipt(total: Receipt, receipt: Receipt): void {
  for (const what in receipt)
    total[what as Outcome] = (total[what as Outcome] ?? 0) + receipt[what as Outcome]!
}

/** How many records a receipt accounts for. For a batch of n records it is n + made. */
export function accounted(receipt: Receipt): number {
  let sum = 0
  for (const what in receipt) if (what !== 'made') sum += receipt[what as Outcome]!
  return sum
}

/**
 * Deals the receipt of a joined batch to the parts that it was joined from, so that each part's balances and
 * all of them add up to the whole. Which record of which part was the duplicate is not known here, and the
 * books do not ask; records made on the way go to the last part.
 *
 * @param sizes records of each part
 */
export function dealReceipt(receipt: Receipt, sizes: readonly number[]): Receipt[] {
  if (sizes.length === 1) return [receipt]
  const { made = 0, ...outcomes } = receipt
  const left = Object.entries(outcomes) as [Outcome, number][]
  return sizes.map((size, part) => {
    const last = part === sizes.length - 1
    const dealt = take(left, last ? size + made : size)
    return last && made > 0 ? { ...dealt, made } : dealt
  })
}

/** Takes `count` records' outcomes off the front of `from`, which is changed. */
function take(from: [Outcome, number][], count: number): Receipt {
  const dealt: Receipt = {}
  for (let wanted = count; wanted > 0 && from.length > 0; ) {
    const first = from[0]!
    const share = Math.min(wanted, first[1])
    dealt[first[0]] = share
    wanted -= share
    first[1] -= share
    if (first[1] === 0) from.shift()
  }
  return dealt
}
