import type { Context } from '../../lib/index.ts'

/** What the parts have from their process, with what they count. */
export type CollectContext = Context<'refused' | 'rateLimited' | 'busy' | 'bots' | 'notTracked' | 'foreign'>
