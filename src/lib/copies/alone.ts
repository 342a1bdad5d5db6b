import { setTimeout as wait } from 'node:timers/promises'
import type { LinkStatus } from '../transport/link.ts'

// How a copy ends when the process that started it was killed, and nobody tells it when its turn is.

/** Milliseconds that it has: what it sends to may be gone too. */
export const ALONE = 5_000
/** The same when nobody is connected who could take what it has. */
const NOBODY = 1_000
/** Milliseconds between two looks at who is connected. */
const PERIOD = 50

/** Waits until those that send to it have gone, who are alone too. Returns the milliseconds that are left for the rest. */
export async function graceAlone(links: () => readonly LinkStatus[], most: number): Promise<number> {
  const until = Date.now() + Math.min(ALONE, most)
  // Connections to a process that was killed break a moment after the channel.
  do await wait(PERIOD)
  while (Date.now() < until && peersOf(links(), 'pull', 'bind'))
  const left = Math.max(0, until - Date.now())
  return peersOf(links(), 'push', 'connect') === 0 ? Math.min(NOBODY, left) : left
}

/** How many are connected to links of a kind; undefined where there is none. */
function peersOf(
  links: readonly LinkStatus[],
  direction: LinkStatus['direction'],
  mode: LinkStatus['mode'],
): number | undefined {
  const peers = links.filter(link => link.direction === direction && link.mode === mode)
  return peers.length > 0 ? peers.reduce((sum, link) => sum + (link.peers ?? 0), 0) : undefined
}
