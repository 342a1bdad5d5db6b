// A store with records in it, and a browser that looks at its page.
import assert from 'node:assert/strict'
import { after, type TestContext, test } from 'node:test'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { orSkip } from '../servers/available.ts'
import { CHROMIUM_FLAGS, installChromium } from '../servers/chromium.ts'
import { until } from '../servers/support.ts'
import { Sluice } from '../support/process.ts'

export const SIZES = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
} as const
export type Size = keyof typeof SIZES

let browser: Promise<Browser> | undefined

/** One for all tests of a file. */
function theBrowser(): Promise<Browser> {
  browser ??= installChromium().then(executablePath =>
    chromium.launch({ executablePath, args: CHROMIUM_FLAGS }),
  )
  return browser
}

after(async () => (await browser)?.close())

export type Point = [x: number, y: number]
export type Fields = { [field: string]: unknown }

export class Store {
  readonly process: Sluice
  readonly url: string
  #written = 0

  private constructor(process: Sluice, url: string) {
    this.process = process
    this.url = url
  }

  static async start(t: TestContext, records: readonly Fields[] = []): Promise<Store> {
    const process = new Sluice(t, 'sluice-store', ['--path', 'records', '--http', '127.0.0.1:0'], {
      stdin: 'open',
    })
    await process.ready()
    const { msg } = await process.log(/^the page is at /)
    const store = new Store(process, msg.slice('the page is at '.length))
    await store.write(...records)
    return store
  }

  /** Resolves when they can be found. */
  async write(...records: Fields[]): Promise<void> {
    if (records.length === 0) return
    this.#written += records.length
    this.process.child.stdin!.write(records.map(record => `${JSON.stringify(record)}\n`).join(''))
    const stored = async () => {
      const answer = await fetch(`${this.url}/api/v1/about`)
      return ((await answer.json()) as { records: number }).records >= this.#written
    }
    await until(stored, { timeout: 30_000, what: `${this.#written} records` })
  }
}

export class Visit {
  readonly page: Page
  readonly context: BrowserContext
  /** What the browser complained about. */
  readonly complaints: string[] = []
  readonly #size: Size

  private constructor(context: BrowserContext, page: Page, size: Size) {
    this.#size = size
    this.context = context
    this.page = page
    page.on('pageerror', error => this.complaints.push(String(error)))
    page.on('console', message => {
      // A request that is answered with an error is one here, whatever the page makes of it.
      if (
        /^(error|warning)$/.test(message.type()) &&
        !/Failed to load resource|^WebSocket connection to/.test(message.text())
      )
        this.complaints.push(message.text())
    })
  }

  /** Opens a page; at the end of the test, the browser must not have complained. */
  static async start(t: TestContext, size: Size, url: string): Promise<Visit> {
    const context = await (await theBrowser()).newContext(SIZES[size])
    context.setDefaultTimeout(30_000)
    const visit = new Visit(context, await context.newPage(), size)
    t.after(async () => {
      await context.close()
      assert.deepEqual(visit.complaints, [])
    })
    await visit.page.goto(url)
    return visit
  }

  async search(query: string): Promise<void> {
    await this.page.getByRole('combobox').fill(query)
    await this.page.keyboard.press('Enter')
  }

  /** The messages of the lines, from top to bottom, as soon as they are as wanted. */
  async messages(wanted: (messages: string[]) => boolean): Promise<string[]> {
    const messages = this.page.locator('.line .message')
    let found: string[] = []
    const ready = async () => {
      // Not the inner text: lines that are far out of sight are not drawn, and have none.
      found = await messages.allTextContents()
      return wanted(found)
    }
    await until(ready, { timeout: 30_000, what: 'the lines' }).catch(error => {
      throw new Error(
        `${(error as Error).message}; there are: ${JSON.stringify(found.slice(0, 10), null, 1)}`,
      )
    })
    return found
  }

  async untilUrl(pattern: RegExp): Promise<URL> {
    await this.page.waitForURL(pattern)
    return new URL(this.page.url())
  }

  /** With the mouse, on a phone with a finger. */
  async drag(from: Point, to: Point): Promise<void> {
    const { mouse } = this.page
    const half: Point = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2]
    if (this.#size === 'phone') return await this.#swipe(from, half, to)
    await mouse.move(...from)
    await mouse.down()
    await mouse.move(...half)
    await mouse.move(...to)
    await mouse.up()
  }

  async #swipe(...points: Point[]): Promise<void> {
    const session = await this.context.newCDPSession(this.page)
    for (const [index, [x, y]] of points.entries()) {
      const type = index === 0 ? 'touchStart' : 'touchMove'
      await session.send('Input.dispatchTouchEvent', { type, touchPoints: [{ x, y }] })
    }
    await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
  }

  /** The line of the first record with this text, which is opened. */
  async open(text: string): Promise<void> {
    await this.page.locator('.summary', { hasText: text }).first().click()
    await this.page.getByRole('region', { name: 'Details of the record' }).waitFor()
  }

  /** A part of the page may be wider than the screen by mistake, and then all of it scrolls. */
  async assertNoSidewaysScroll(): Promise<void> {
    const [content, window] = (await this.page.evaluate(
      '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
    )) as [number, number]
    assert.ok(content <= window, `the page is ${content} px wide on ${window} px`)
  }
}

/** The same on each size of screen. */
export function onEachSize(
  name: string,
  records: () => Fields[],
  run: (visit: Visit, store: Store, t: TestContext, size: Size) => Promise<void>,
): void {
  for (const size of Object.keys(SIZES) as Size[]) {
    test(`${name} (${size})`, async t => {
      if (!(await orSkip(t, installChromium))) return
      const store = await Store.start(t, records())
      await run(await Visit.start(t, size, store.url), store, t, size)
    })
  }
}
