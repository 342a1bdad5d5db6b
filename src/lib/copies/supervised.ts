import { isAbsolute } from 'node:path'
import { type Endpoint, formatEndpoint } from '../endpoint.ts'
import type { StagePlan } from '../stage/plan.ts'

// How a copy of a stage and the process that started it talk: the copy tells what it waits for, the other says `stop`.

/** The variable that says to a process that it is a copy, and in which folder the sockets are that join the stages. */
export const COPY = 'SLUICE_COPY'

/** Sent by a copy as soon as it has a flow, and whenever what that waits for changes. */
export interface Told {
  waiting: readonly string[]
  /** As `isOpen` says of its flow. */
  open: boolean
  endpoints: readonly string[]
}

/** Sent to a copy: once to stop kindly, a second time to stop at once. */
export const STOP = 'stop'

/** The end of the channel in the copy: its process. */
export interface Channel {
  readonly connected: boolean
  send?(message: Told, sent: (error: Error | null) => void): boolean
  on(event: 'message' | 'disconnect', listener: (message: unknown) => void): unknown
  off(event: 'message' | 'disconnect', listener: (message: unknown) => void): unknown
  disconnect(): void
}

/** The process is a copy when it was told so, and has the channel. */
export function isCopy(channel: Channel, env: NodeJS.ProcessEnv): boolean {
  return env[COPY] !== undefined && isAbsolute(env[COPY]) && channel.send !== undefined
}

export function tell(channel: Channel, told: Told): void {
  // Nobody may be there any more.
  if (channel.connected) channel.send?.(told, () => {})
}

/** Listens to the one who started it. Returns the function that gives the channel up. */
export function listen(channel: Channel, stop: () => void, alone: () => void): () => void {
  const message = (message: unknown) => {
    if (message === STOP) stop()
  }
  channel.on('message', message)
  channel.on('disconnect', alone)
  // It may have gone before anybody listened.
  if (!channel.connected) alone()
  return () => {
    channel.off('message', message)
    channel.off('disconnect', alone)
    if (channel.connected) channel.disconnect()
  }
}

/** What a copy is told of the chain that it belongs to: which of its endpoints are links within it. */
export function planOfCopy(plan: StagePlan, env: NodeJS.ProcessEnv): StagePlan {
  const mark = (endpoint: Endpoint) => ({
    ...endpoint,
    inner: formatEndpoint(endpoint).startsWith(`ack+ipc://${env[COPY]}/`),
  })
  return { ...plan, pull: plan.pull.map(mark), push: plan.push.map(mark) }
}
