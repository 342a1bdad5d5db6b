import type { IncomingMessage } from 'node:http'
import { atMostEvery, type Context } from '../../lib/index.ts'
import { ClientAddress } from '../../lib/serve/client-address.ts'
import { anonymous } from './address.ts'
import type { ReadAgent } from './agents.ts'
import { DailyVisitors } from './daily-visitors.ts'
import { type Visitor, visitorIn } from './page-event.ts'
import { RateLimit } from './rate.ts'
import { textOf } from './request.ts'
import type { Told } from './tracked.ts'

const HOUR = 3_600_000

export interface GuestOptions {
  trustedProxy: readonly string[]
  rate: number
  burst: number
  doNotTrack: 'anonymous' | 'drop' | 'ignore'
  anonymizeAddress: boolean
  dailyVisitor: boolean
}

/** Who asks, and what may be known of him. */
export class Guests {
  readonly #options: GuestOptions
  readonly #clients: ClientAddress
  readonly #limit: RateLimit
  readonly #readAgent: ReadAgent
  readonly #daily = new DailyVisitors()
  readonly #log: Context['log']
  readonly #mayTell = atMostEvery(HOUR)

  constructor(options: GuestOptions, readAgent: ReadAgent, log: Context['log']) {
    this.#options = options
    this.#readAgent = readAgent
    this.#log = log
    this.#clients = new ClientAddress(options.trustedProxy)
    this.#limit = new RateLimit(options.rate, options.burst)
  }

  /** The address that a request comes from; empty where who sent it was gone before it was asked for. */
  addressOf({ headers, socket }: IncomingMessage): string {
    const { remoteAddress = '' } = socket
    const forwarded = headers['x-forwarded-for'] as string | undefined
    if (forwarded !== undefined && !this.#clients.trusts(remoteAddress) && this.#mayTell())
      this.#log.warn(
        `${remoteAddress} sends X-Forwarded-For and is not believed; if it is your proxy, give --trusted-proxy ${remoteAddress}, or all behind it are one client`,
      )
    return this.#clients.addressOf(remoteAddress, forwarded)
  }

  /** The most events that one may bring at once. */
  get burst(): number {
    return this.#options.rate === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : this.#options.burst
  }

  /** False for one that comes too often. */
  admits(address: string, count?: number): boolean {
    return this.#limit.admits(address, count)
  }

  /** Whether it asks not to be tracked, and that counts here. */
  isShy({ headers }: IncomingMessage): boolean {
    return this.#options.doNotTrack !== 'ignore' && (headers['sec-gpc'] === '1' || headers.dnt === '1')
  }

  /** The address as it may be known; undefined where it may not. */
  knownAddress(request: IncomingMessage, address: string): string | undefined {
    if (address === '' || this.isShy(request)) return undefined
    return this.#options.anonymizeAddress ? anonymous(address) : address
  }

  /** What may be known of who sent what a page told. */
  visitorOf(request: IncomingMessage, address: string, told: Told): Visitor {
    const { referer, 'user-agent': agent = '' } = request.headers
    const isShy = this.isShy(request)
    const given = isShy ? undefined : visitorIn(told)
    return {
      agent: this.#readAgent(agent),
      referrer: referer === undefined ? undefined : textOf(referer),
      address: this.knownAddress(request, address),
      visitor:
        // All whose address nobody knows would be one.
        given === undefined && !isShy && address !== '' && this.#options.dailyVisitor
          ? this.#daily.of(Date.now(), address, agent, told.app, told.account)
          : given,
    }
  }
}
