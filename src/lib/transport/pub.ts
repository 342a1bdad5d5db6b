import type { Batch } from '../batch.ts'
import type { Endpoint } from '../endpoint.ts'
import type { Outcome, Receipt } from '../engine/receipt.ts'
import type { Refused } from '../reader.ts'
import type { LogRecord } from '../record.ts'
import type { LinkContext, PushLink } from './link.ts'
import { Publisher } from './publisher.ts'

/** What becomes of a record that nobody has subscribed to. */
const UNWANTED: Outcome = 'dropped:no-subscriber'

/** Publishes each record at all of the endpoints, to whoever has subscribed there. It waits for none of them. */
export async function openPush(endpoints: readonly Endpoint[], context: LinkContext): Promise<PushLink> {
  const publishers: Publisher[] = []
  const closeAll = (grace: number) => {
    for (const publisher of publishers) publisher.close(grace)
  }
  try {
    for (const endpoint of endpoints) publishers.push(await Publisher.open(endpoint, context))
  } catch (error) {
    closeAll(0)
    throw error
  }
  let publishing: Promise<void> | undefined

  return {
    statuses: publishers.map(({ status }) => status),
    form: 'records',
    accept(batch: Batch): Promise<Receipt> {
      const receipt = publishAll(batch, publishers, context)
      const free = () => {
        publishing = undefined
      }
      publishing = receipt.then(free, free)
      return receipt
    },
    room: () => publishing,
    async close(grace: number) {
      // What was sent and has not left yet leaves while the process ends: a natural exit waits for the linger.
      closeAll(grace)
    },
  }
}

async function publishAll(
  batch: Batch,
  publishers: readonly Publisher[],
  { refuse }: LinkContext,
): Promise<Receipt> {
  const receipt: Receipt = {}
  const refused = [...batch.refused]
  for (const record of batch.records) {
    const outcome = await publish(record, publishers)
    if (typeof outcome === 'object') refused.push(outcome)
    else receipt[outcome] = (receipt[outcome] ?? 0) + 1
  }
  for (const publisher of publishers) publisher.endBatch()
  if (refused.length > 0) receipt.dead = refused.length
  await Promise.all(refused.map(({ record, reason, detail }) => refuse(record, reason, detail)))
  return receipt
}

async function publish(record: LogRecord, publishers: readonly Publisher[]): Promise<Outcome | Refused> {
  let outcome: Outcome | Refused = UNWANTED
  for (const publisher of publishers) {
    const published = publisher.publish(record)
    if (published instanceof Promise) {
      await published
      if (outcome === UNWANTED) outcome = 'sent'
    } else if (published) outcome = published
  }
  return outcome
}
