// Events as the web shops of a few customers would send them: visitors come, look around, and some of them buy.

export interface ShopEvent {
  type: 'pageview' | 'search' | 'cart' | 'order' | 'signup' | 'error'
  /** ISO 8601, UTC. */
  time: string
  app: 'shop'
  data: { account: string; visitor: string; path: string; [field: string]: unknown }
}

interface Visitor {
  id: string
  account: string
  browser: string
  system: string
  country: string
}

/** How busy each customer's shop is, by the share of its visitors. */
const ACCOUNTS = { acme: 0.42, globex: 0.24, initech: 0.16, umbrella: 0.11, hooli: 0.07 }
const BROWSERS = { Chrome: 0.6, Safari: 0.2, Firefox: 0.12, Edge: 0.08 }
const SYSTEMS = { Windows: 0.4, Android: 0.28, iOS: 0.18, macOS: 0.1, Linux: 0.04 }
const COUNTRIES = { DE: 0.3, FR: 0.2, US: 0.2, NL: 0.15, JP: 0.15 }
const PATHS = ['/', '/shoes', '/shoes/runner', '/bags', '/bags/canvas', '/sale', '/about']
const WORDS = ['runner', 'red bag', 'wool socks', 'gift card', 'size 42']
const TYPES = { pageview: 0.78, search: 0.1, cart: 0.07, order: 0.025, signup: 0.015, error: 0.01 }

/** So many are in the shops at a time; one leaves for each that comes. */
const VISITORS = 400
const LEAVES = 0.08

/** Makes events without an end. */
export class Shop {
  readonly #random: () => number
  readonly #visitors: Visitor[]

  /** @param random a number from 0 to below 1 */
  constructor(random: () => number = Math.random) {
    this.#random = random
    this.#visitors = Array.from({ length: VISITORS }, () => this.#newVisitor())
  }

  /** What somebody does at this time, epoch milliseconds. */
  event(time: number): ShopEvent {
    const place = Math.floor(this.#random() * VISITORS)
    if (this.#random() < LEAVES) this.#visitors[place] = this.#newVisitor()
    const { id: visitor, account, ...of } = this.#visitors[place]!
    const type = this.#pick(TYPES)
    const path = PATHS[Math.floor(this.#random() * PATHS.length)]!
    const data = { account, visitor, path, ...of, ...this.#detailsOf(type) }
    return { type, time: new Date(time).toISOString(), app: 'shop', data }
  }

  #detailsOf(type: ShopEvent['type']): object {
    if (type === 'order')
      return { amount: Math.round(1500 + this.#random() ** 2 * 28_000) / 100, currency: 'EUR' }
    if (type === 'search') return { words: WORDS[Math.floor(this.#random() * WORDS.length)] }
    if (type === 'error') return { status: this.#random() < 0.7 ? 404 : 500 }
    return {}
  }

  #newVisitor(): Visitor {
    return {
      id: Math.floor(this.#random() * 2 ** 40).toString(36),
      account: this.#pick(ACCOUNTS),
      browser: this.#pick(BROWSERS),
      system: this.#pick(SYSTEMS),
      country: this.#pick(COUNTRIES),
    }
  }

  /** One of the names, by their shares, which make 1. */
  #pick<N extends string>(shares: { readonly [name in N]: number }): N {
    let left = this.#random()
    const all = Object.entries(shares) as [N, number][]
    for (const [name, share] of all) {
      left -= share
      if (left < 0) return name
    }
    return all[0]![0]
  }
}

const DAY = 86_400_000

/** How much is going on at a time of the day, 1 on average: little at four in the morning, most in the evening. */
export function rhythm(time: number): number {
  return 1 + 0.7 * Math.sin(((time % DAY) / DAY) * 2 * Math.PI - (10 / 24) * 2 * Math.PI)
}
