import type { Hono } from 'hono'
import { createAgents } from './agents.ts'
import { type CollectContext, Collector, type CollectorOptions } from './collector.ts'
import { type GuestOptions, Guests } from './guests.ts'
import { Intake } from './intake.ts'
import { createSite } from './site.ts'
import { Snippet } from './snippet.ts'

/** Puts the parts together: what answers, and what hands events on. */
export async function createCollector(
  options: CollectorOptions & GuestOptions & { answerWithin: number },
  context: CollectContext,
): Promise<{ intake: Intake; collector: Collector; app: Hono }> {
  const guests = new Guests(options, await createAgents(), context.log)
  const intake = new Intake(options.answerWithin)
  const collector = new Collector(options, context, guests, intake)
  const snippet = new Snippet(options.doNotTrack !== 'ignore', context.log)
  return { intake, collector, app: createSite(collector, snippet) }
}
