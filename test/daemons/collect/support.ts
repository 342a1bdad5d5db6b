// sluice-collect in memory, with a port.
import { type ClientRequest, request } from 'node:http'
import type { TestContext } from 'node:test'
import daemon from '../../../src/daemons/collect.ts'
import type { LogRecord } from '../../../src/lib/record.ts'
import { type Drive, drive } from '../../support/drive.ts'
import type { Answer } from '../../support/http.ts'

export const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36'

/** What a page of a customer's posts, and its origin. */
export const PAGE = {
  type: 'pageview',
  app: 'shop',
  data: { account: 'acme', page: 'https://shop.example/cart?a=1' },
}
export const SHOP = 'https://shop.example'

export interface Collecting {
  stage: Drive
  port: number
  /** A GET, or whatever the options say, on a connection of its own. */
  ask(path: string, options?: Asking): Promise<Answer>
  count(counter: string): number
}

export interface Asking {
  method?: string
  headers?: { [name: string]: string }
  body?: string | Buffer
}

export async function open(t: TestContext, ...flags: string[]): Promise<Collecting> {
  const stage = await drive(daemon, '--http', '127.0.0.1:0', ...flags)
  t.after(() => stage.close())
  const port = Number(new URL(stage.stage.endpoints[0]!).port)
  return {
    stage,
    port,
    ask: (path, options) => ask(port, path, options),
    count: counter => stage.stage.counters.get(counter) ?? 0,
  }
}

/** As it is: no client of Node's own changes the path. */
export function ask(
  port: number,
  path: string,
  { method = 'GET', headers, body }: Asking = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent: ClientRequest = request(
      { port, host: '127.0.0.1', agent: false, method, path, headers: { 'user-agent': CHROME, ...headers } },
      response => {
        const chunks: Buffer[] = []
        response.on('data', chunk => chunks.push(chunk))
        response.on('end', () => {
          const { statusCode: status = 0, headers } = response
          resolve({ status, headers, body: Buffer.concat(chunks).toString('latin1') })
        })
      },
    )
    // A server may answer, and close, before it has read all.
    sent.on('error', reject)
    sent.end(body)
  })
}

export const post = (type: string, body: unknown, headers = {}): Asking => ({
  method: 'POST',
  headers: { 'content-type': type, ...headers },
  body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
})

/** An event without what differs each time. */
export function plain({ '@meta': _, time: _time, ...event }: LogRecord): object {
  return event
}

export function dataOf(record: LogRecord | undefined): { [field: string]: unknown } {
  return record?.data as { [field: string]: unknown }
}
