// The time of the soak itself: records come, daemons are struck, samples are taken.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Helper } from '../support/children.ts'
import type { Chain } from './chain.ts'
import { type Plan, strikesOf } from './plan.ts'
import type { Sampler } from './sampler.ts'
import { indexAt, type Stored } from './stored.ts'
import { progress } from './table.ts'

export interface Load {
  plan: Plan
  chain: Chain
  sender: Helper<string, number>
  sampler: Sampler
  stored: Stored
  /** Told of whatever goes wrong beside the loop. */
  fail: (error: Error) => void
}

const HOUR = 3600
/** What is so old, in milliseconds, is stored or lost: its index can be read and deleted. */
const LATE = 300_000

/** Resolves to how many records were sent. */
export async function load({ plan, chain, sender, sampler, stored, fail }: Load): Promise<number> {
  const strikes = strikesOf(plan)
  const start = performance.now()
  let striking = Promise.resolve()
  let clearing = Promise.resolve()
  for (let second = plan.sampleEvery; second <= plan.seconds; second += plan.sampleEvery) {
    await sleep(start + second * 1000 - performance.now())
    sampler.look()
    // One after the other, beside the samples.
    for (const strike of strikes.splice(0, strikes.filter(({ at }) => at <= second).length)) {
      striking = striking.then(() => chain.strike(strike))
      striking.catch(fail)
    }
    if (second % HOUR === LATE / 1000) {
      clearing = clearing.then(() => clear(stored))
      clearing.catch(fail)
    }
    if (second % plan.progressEvery === 0)
      console.log(progress(second, await sender.ask('sent'), await chain.spooled(), sampler))
  }
  const sent = await sender.ask('stop')
  await Promise.all([striking, clearing])
  return sent
}

/** So that the disk is not filled: an hour whose records are all read. */
async function clear(stored: Stored): Promise<void> {
  const present = indexAt(Date.now() - LATE)
  for (const index of await stored.indices()) {
    if (index >= present) continue
    await stored.read(index)
    await stored.delete(index)
  }
}
