import { type Endpoint, isAcknowledged, isPublished } from '../endpoint.ts'
import type { LinkContext, PullLink, PushLink } from './link.ts'

// One file a transport, imported when an endpoint asks for it: ZeroMQ alone costs 2 MB and 19 ms.

/** Opens a stage's pull side, one link after the other, and tells of each as soon as it is open. */
export async function openPulls(
  endpoints: readonly Endpoint[],
  contextOf: (endpoint: Endpoint) => LinkContext,
  opened: (link: PullLink) => void,
): Promise<void> {
  for (const group of groups(endpoints)) opened(await openPull(group, contextOf(group[0]!)))
}

/** Opens a stage's push side. */
export async function openPushes(
  endpoints: readonly Endpoint[],
  contextOf: (endpoint: Endpoint) => LinkContext,
  opened: (link: PushLink) => void,
): Promise<void> {
  for (const group of groups(endpoints)) opened(await openPush(group, contextOf(group[0]!)))
}

async function openPull(group: Endpoint[], context: LinkContext): Promise<PullLink> {
  const endpoint = group[0]!
  switch (endpoint.scheme) {
    case '-':
      return (await import('./stdio.ts')).openPull(endpoint, context)
    case 'file':
      return (await import('./file.ts')).openPull(endpoint, context)
    case 'ack+tcp':
    case 'ack+ipc':
      return (await import('./ack.ts')).openPull(group, context)
    case 'sub+tcp':
    case 'sub+ipc':
      return (await import('./sub.ts')).openPull(endpoint, context)
    default:
      return (await import('./zeromq.ts')).openPull(endpoint, context)
  }
}

export async function openPush(group: Endpoint[], context: LinkContext): Promise<PushLink> {
  const endpoint = group[0]!
  switch (endpoint.scheme) {
    case '-':
      return (await import('./stdio.ts')).openPush(endpoint, context)
    case 'file':
      return (await import('./file.ts')).openPush(endpoint, context)
    case 'ack+tcp':
    case 'ack+ipc':
      return (await import('./ack.ts')).openPush(group, context)
    case 'pub+tcp':
    case 'pub+ipc':
      return (await import('./pub.ts')).openPush(group, context)
    default:
      return (await import('./zeromq.ts')).openPush(endpoint, context)
  }
}

/**
 * The acknowledged ones are one link: a batch has one number over all of its producer's or consumer's sessions. So are those that are
 * published at: what is published goes to all of them, and not to one.
 */
function groups(endpoints: readonly Endpoint[]): Endpoint[][] {
  const together = [isAcknowledged, isPublished].map(is => endpoints.filter(is))
  const others = endpoints.filter(endpoint => !together.flat().includes(endpoint)).map(endpoint => [endpoint])
  return [...together.filter(group => group.length > 0), ...others]
}
