import type { IncomingMessage } from 'node:http'
import type { Guard } from './guard.ts'
import type { SafeResponse } from './response.ts'
import type { Upgrade } from './upgrade.ts'
import { WRONG_TOKEN } from './wrong-tokens.ts'

/** What differs from one HTTP server to the next. Times are in milliseconds. */
export interface Limits {
  /** It is made for the pages of others: everybody may ask it, under any name and without a token. */
  isPublic: boolean
  /** Takes over connections whose clients want to speak WebSocket; without it they are answered as any other request. */
  upgrade?: Upgrade
  /**
   * Answers by itself what is asked most, of a face that is public: nothing is in front of it but the headers that every answer
   * has, and it costs about what Node does (hono and our guards as much again). False where it is for the app.
   * @param guard to be asked before anything but a picture is answered
   */
  direct?(request: IncomingMessage, response: SafeResponse, guard: Guard): boolean
  /** Told of each request that is refused because a page of this origin sent it. */
  foreign?(origin: string): void
  /** The most bytes of a request's body. Infinite where the app takes bodies as they come, and counts by itself. */
  body: number
  /** The most connections at a time. */
  connections: number
  /** How long running requests may take to end when it is closed. */
  grace: number
  /** How long nothing may move on a connection: its client does not read, or is gone. */
  silence: number
  /** How long all of a request may take to come; 0 where the app looks after that by itself. */
  request: number
  /** How long who brings a wrong token waits for the answer. */
  wrongToken: number
  /** Told of each connection that was refused because TLS was not agreed. */
  refused(): void
}

/** What holds where nothing else is said. */
export const LIMITS: Limits = {
  isPublic: false,
  body: 1024 * 1024,
  connections: 1000,
  grace: 2000,
  silence: 120_000,
  request: 30_000,
  wrongToken: WRONG_TOKEN,
  refused: () => {},
}
