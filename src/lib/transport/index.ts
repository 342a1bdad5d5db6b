import type { Endpoint } from '../endpoint.ts'
import type { LinkContext, PullLink, PushLink } from './link.ts'

// One file a transport, imported when an endpoint asks for it: ZeroMQ alone costs 2 MB and 19 ms.

export async function openPull(endpoint: Endpoint, context: LinkContext): Promise<PullLink> {
  switch (endpoint.scheme) {
    case '-':
      return (await import('./stdio.ts')).openPull(endpoint, context)
    case 'file':
      return (await import('./file.ts')).openPull(endpoint, context)
    default:
      return (await import('./zeromq.ts')).openPull(endpoint, context)
  }
}

export async function openPush(endpoint: Endpoint, context: LinkContext): Promise<PushLink> {
  switch (endpoint.scheme) {
    case '-':
      return (await import('./stdio.ts')).openPush(endpoint, context)
    case 'file':
      return (await import('./file.ts')).openPush(endpoint, context)
    default:
      return (await import('./zeromq.ts')).openPush(endpoint, context)
  }
}
