import { Hono } from 'hono'
import type { Context } from '../daemon.ts'
import type { LogRecord } from '../record.ts'
import { serveFolder } from '../serve/folder.ts'
import { accountOf } from '../serve/visitor.ts'
import { pageFolder } from '../serve.ts'
import { compileTemplate } from '../template.ts'
import { Live } from './live.ts'
import { type LiveFace, mountLive } from './mount.ts'
import type { LiveCounter, LiveValues } from './options.ts'
import { liveUpgrade } from './upgrade.ts'

/** Requests for pages and the like, beside the clients. */
const OTHERS = 1000
/** How long clients may take to say goodbye, milliseconds. */
const GOODBYE = 1000

/**
 * Shows what is published in it to browsers: the page, and the live API of docs/live-api.md.
 * @param app what is served beside that
 */
export async function openLive(
  options: LiveValues,
  context: Context<LiveCounter>,
  face: LiveFace,
  app = new Hono(),
): Promise<Live> {
  const { topic, field: fields, clients, clientBuffer } = options
  const count = (counter: LiveCounter, n?: number) => context.count(counter, n)
  const live = new Live({ topic, fields, clients, clientBuffer, count })
  const bound = { scopeOf: scopeOfAccount(face.sees ?? seesAccount), ...face }
  mountLive(app, live, bound)
  serveFolder(app, pageFolder('live'))
  const url = await context.serve(options, app, {
    upgrade: liveUpgrade(live, bound),
    connections: clients + OTHERS,
  })
  context.defer(grace => live.close(Math.min(grace, GOODBYE)))
  context.log.info(`the page is at ${url}`)
  return live
}

/** What who came with the token of an account may see. */
function scopeOfAccount(sees: NonNullable<LiveFace['sees']>): NonNullable<LiveFace['scopeOf']> {
  return request => {
    const account = accountOf(request)
    return account === undefined ? undefined : { account, sees: record => sees(record, account) }
  }
}

const accountIn = compileTemplate('{account}')

function seesAccount(record: LogRecord, account: string): boolean {
  return accountIn(record) === account
}
