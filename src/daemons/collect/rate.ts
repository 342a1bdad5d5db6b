import type { Option } from '../../lib/index.ts'
import { networkOf } from './address.ts'
import { Cache } from './cache.ts'
import { copyOf } from './copy.ts'

const CLIENTS = 100_000
const PER: { readonly [unit: string]: number } = { s: 1, m: 60, min: 60, h: 3600 }

/** How often a second; infinite for `off`. */
export function rateOption(help: string, written: string): Option<number> {
  return { help, value: 'rate', default: [written], parse: texts => parseRate(texts.at(-1)!) }
}

function parseRate(text: string): number {
  if (text === 'off') return Number.POSITIVE_INFINITY
  const [, count, unit = ''] = /^(\d+(?:\.\d+)?)\/(s|min|m|h)$/.exec(text) ?? []
  const rate = Number(count) / PER[unit]!
  if (rate > 0) return rate
  throw new RangeError(`"${text}" is not a rate; write for example 100/s, 600/m or off`)
}

interface Bucket {
  tokens: number
  /** Milliseconds, of the last look. */
  at: number
}

/** A bucket of tokens for each client: one who has not come for long has it full, as has one that nobody remembers. */
export class RateLimit {
  readonly #rate: number
  readonly #burst: number
  readonly #now: () => number
  readonly #buckets: Cache<string, Bucket>

  /**
   * @param rate requests a second
   * @param burst requests that may come at once
   */
  constructor(rate: number, burst: number, { clients = CLIENTS, now = () => performance.now() } = {}) {
    this.#rate = rate
    this.#burst = burst
    this.#now = now
    this.#buckets = new Cache(clients)
  }

  /** Whether a request of this address, or so many, may come in now. */
  admits(address: string, count = 1): boolean {
    if (this.#rate === Number.POSITIVE_INFINITY) return true
    const network = networkOf(address)
    const now = this.#now()
    const bucket = this.#buckets.get(network) ?? this.#add(network, now)
    bucket.tokens = Math.min(this.#burst, bucket.tokens + ((now - bucket.at) / 1000) * this.#rate)
    bucket.at = now
    if (bucket.tokens < count) return false
    bucket.tokens -= count
    return true
  }

  #add(network: string, at: number): Bucket {
    const bucket = { tokens: this.#burst, at }
    this.#buckets.set(copyOf(network), bucket)
    return bucket
  }
}
