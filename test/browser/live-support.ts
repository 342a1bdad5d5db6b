// A hub or a counter with events in it, for tests of the page that both have.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Page } from 'playwright-core'
import { orSkip } from '../servers/available.ts'
import { installChromium } from '../servers/chromium.ts'
import { until } from '../servers/support.ts'
import { Sluice } from '../support/process.ts'
import { type Fields, SIZES, type Size, Visit } from './support.ts'

export class Live {
  readonly process: Sluice
  readonly url: string

  private constructor(process: Sluice, url: string) {
    this.process = process
    this.url = url
  }

  static async start(t: TestContext, program: string, args: readonly string[] = [], port = 0): Promise<Live> {
    const process = new Sluice(t, program, ['--http', `127.0.0.1:${port}`, ...args], { stdin: 'open' })
    await process.ready()
    const { msg } = await process.log(/^the page is at /)
    return new Live(process, msg.slice('the page is at '.length))
  }

  get port(): number {
    return Number(new URL(this.url).port)
  }

  write(...events: Fields[]): void {
    this.process.child.stdin!.write(events.map(event => `${JSON.stringify(event)}\n`).join(''))
  }
}

const TYPES = ['shop.view', 'shop.cart', 'auth.login', 'mail.sent']
const ACCOUNTS = ['acme', 'initech', 'globex']

/** The n-th of events that are the same each time. */
export function event(n: number): Fields {
  const data = {
    account: ACCOUNTS[n % 3]!,
    path: `/products/${n}`,
    browser: { name: n % 2 ? 'Firefox' : 'Chrome' },
  }
  return { type: TYPES[n % 4]!, app: 'shop', data }
}

export const eventsFrom = (first: number, count: number): Fields[] =>
  Array.from({ length: count }, (_, n) => event(first + n))

/** What the page shows, as text. */
export const texts = (page: Page, selector: string): Promise<string[]> =>
  page.locator(selector).allTextContents()

/** Waits until something is as wanted; says what it was if that does not come. */
export async function eventually<T>(what: string, look: () => Promise<T>, wanted: T): Promise<void> {
  let seen: T | undefined
  const ready = async () => {
    seen = await look()
    try {
      assert.deepEqual(seen, wanted)
      return true
    } catch {
      return false
    }
  }
  await until(ready, { timeout: 30_000, what }).catch(() => assert.deepEqual(seen, wanted, what))
}

/** A number of the row above the chart. */
export const figure = async (page: Page, name: string): Promise<number> => {
  const text = await page.locator('.numbers > div', { hasText: name }).locator('b').innerText()
  return Number(text.replaceAll(',', ''))
}

/** The values of the most frequent ones, with their counts. */
export const tops = async (page: Page): Promise<string[]> =>
  page.locator('.tops li button').evaluateAll(all => all.map(one => one.getAttribute('aria-label') ?? ''))

/** The same on each size of screen. */
export function onEachSize(
  name: string,
  run: (visit: Visit, live: Live, t: TestContext, size: Size) => Promise<void>,
  program = 'sluice-hub',
  args: readonly string[] = [],
): void {
  for (const size of Object.keys(SIZES) as Size[])
    test(`${name} (${size})`, async t => {
      if (!(await orSkip(t, installChromium))) return
      const live = await Live.start(t, program, args)
      const visit = await Visit.start(t, size, live.url)
      await isLive(visit.page)
      await run(visit, live, t, size)
    })
}

export const isLive = (page: Page) => page.locator('.watch.live').waitFor()

/** A generator of numbers from 0 to 1 that gives the same ones each time (mulberry32). */
function chances(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

type Weighted = readonly (readonly [name: string, weight: number])[]

const WHAT: Weighted = [
  ...([
    ['shop.view', 50],
    ['shop.cart', 14],
    ['search.query', 12],
    ['auth.login', 8],
    ['mail.sent', 6],
  ] as const),
  ...([
    ['shop.order', 5],
    ['video.play', 3],
    ['video.stop', 2],
    ['api.call', 2],
    ['error.payment', 1.5],
  ] as const),
]
const WHOSE: Weighted = [
  ...([
    ['acme', 30],
    ['initech', 22],
    ['globex', 15],
    ['umbrella', 9],
    ['hooli', 7],
  ] as const),
  ...([
    ['stark', 6],
    ['wayne', 4],
    ['wonka', 3],
    ['tyrell', 2],
    ['cyberdyne', 1],
  ] as const),
]
const BROWSERS: Weighted = [
  ['Firefox', 3],
  ['Chrome', 6],
  ['Safari', 2],
]

function pick(from: Weighted, chance: number): string {
  let left = chance * from.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [name, weight] of from) {
    left -= weight
    if (left < 0) return name
  }
  return from[0]![0]
}

function anEvent(chance: () => number, at: number, whose: Weighted = WHOSE): Fields {
  const type = pick(WHAT, chance())
  const amount = type === 'shop.order' ? { amount: Math.round(chance() * 20_000) / 100 } : {}
  const data = {
    ...{ account: pick(whose, chance()), path: `/products/${Math.floor(chance() * 900)}` },
    ...{ visitor: `v${Math.floor(chance() * 3000)}`, browser: { name: pick(BROWSERS, chance()) }, ...amount },
  }
  return { type, time: new Date(at).toISOString(), app: type.split('.')[0], data }
}

/** What comes to a shop, about so much a second, in waves; returns what ends it. */
export function traffic(live: Live, rate: number): () => void {
  const chance = chances(7)
  const begin = Date.now()
  const timer = setInterval(() => {
    const t = (Date.now() - begin) / 1000
    const wave =
      1 + 0.3 * Math.sin(t / 9) + 0.15 * Math.sin(t / 2.3) + (Math.floor(t / 20) % 4 === 2 ? 0.6 : 0)
    const count = Math.round((rate * wave) / 20 + chance() - 0.5)
    live.write(...Array.from({ length: count }, () => anEvent(chance, Date.now())))
  }, 50)
  return () => clearInterval(timer)
}

/** Two months of a shop that grows, with nights and weekends. */
export function picturesque(count: number): Fields[] {
  const chance = chances(5)
  const now = Date.now()
  const events: Fields[] = []
  while (events.length < count) {
    const age = chance() * 60
    const at = now - age * 86_400_000
    const date = new Date(at)
    const hour = date.getUTCHours() + date.getUTCMinutes() / 60
    const busy = 0.2 + 0.8 * Math.max(0, Math.sin(((hour - 5) / 24) * 2 * Math.PI)) ** 0.7
    const weekend = [0, 6].includes(date.getUTCDay()) ? 0.55 : 1
    const grown = 1 - age / 100
    if (chance() < busy * weekend * grown) events.push(anEvent(chance, at, WHOSE.slice(0, 4)))
  }
  return events
}
