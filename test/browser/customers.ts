// Sites of customers, and who visits them with a real browser.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, type TestContext } from 'node:test'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { CHROMIUM_FLAGS, installChromium } from '../servers/chromium.ts'
import { root } from '../support/process.ts'

let browser: Promise<Browser> | undefined
after(async () => (await browser)?.close())

/** The line that customers paste, as the docs show it. */
const [, PASTED = ''] = /```html\n(<script async .*<\/script>)\n```/.exec(
  readFileSync(join(root, 'docs/collect.md'), 'utf8'),
)!
/** The same for a collector of ours. */
export function tagOf(url: string, account: string): string {
  return PASTED.replace('https://collect.example', url).replace('acme', account)
}

/** A customer's site: every path is a page. */
export class Site {
  readonly #server = createServer((request, response) => {
    const policy = this.policy
    response.writeHead(200, {
      'content-type': 'text/html',
      ...(policy && { 'content-security-policy': policy }),
    })
    response.end(
      `<!doctype html><title>${request.url}</title>${this.head}<a id="next" href="/next?x=1#part">on</a>`,
    )
  })
  head = ''
  policy: string | undefined

  async start(t: TestContext): Promise<this> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    t.after(() => {
      this.#server.closeAllConnections()
      this.#server.close()
    })
    return this
  }

  /** Sites of one host and two ports are two origins. */
  get origin(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`
  }
}

/** Somebody with a browser of his own, who complains of what goes wrong on pages. */
export async function openVisitor(
  t: TestContext,
  options: BrowserContextOptions = {},
  script?: string | (() => void),
): Promise<Page> {
  browser ??= installChromium().then(executablePath =>
    chromium.launch({ executablePath, args: CHROMIUM_FLAGS }),
  )
  const context = await (await browser).newContext({ timezoneId: 'Asia/Tokyo', ...options })
  if (script) await context.addInitScript(script)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', error => complaints.push(String(error)))
  page.on('console', message => {
    // That nothing answers is what one of the tests is about.
    const isOurs = !/ERR_CONNECTION_REFUSED/.test(message.text())
    if (isOurs && /^(error|warning)$/.test(message.type())) complaints.push(message.text())
  })
  t.after(async () => {
    await context.close()
    assert.deepEqual(complaints, [])
  })
  return page
}
