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
