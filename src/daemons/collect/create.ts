import type { Hono } from 'hono'
import type { Limits } from '../../lib/serve/limits.ts'
import { createAgents } from './agents.ts'
import { Collector, type CollectorOptions } from './collector.ts'
import type { CollectContext } from './context.ts'
import { type GuestOptions, Guests } from './guests.ts'
import { Intake } from './intake.ts'
import { Posts } from './posts.ts'
import { Refusals } from './refusals.ts'
import { createSite } from './site.ts'
import { Snippet } from './snippet.ts'

/** Puts the parts together: what answers, and what hands events on. */
export async function createCollector(
  options: CollectorOptions & GuestOptions & { answerWithin: number; maxBody: number },
  context: CollectContext,
): Promise<{ intake: Intake; app: Hono; limits: Pick<Limits, 'direct' | 'foreign'> }> {
  const guests = new Guests(options, await createAgents(), context.log)
  const intake = new Intake(options.answerWithin)
  const refusals = new Refusals(context, guests)
  const collector = new Collector(options, context, { guests, intake, refusals })
  const snippet = new Snippet(options.doNotTrack !== 'ignore', context.log)
  const posts = new Posts(collector, refusals, options.maxBody)
  return {
    intake,
    app: createSite(collector, refusals, snippet),
    limits: {
      direct: (request, response, guard) =>
        collector.pixel(request, response) || posts.answer(request, response, guard),
      foreign: origin => refusals.foreign(origin),
    },
  }
}
