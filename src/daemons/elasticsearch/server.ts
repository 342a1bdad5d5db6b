import type { Client, errors as ClientErrors } from '@elastic/elasticsearch'
import { atMostEvery, Backoff, type Context, messageOf } from '../../lib/index.ts'
import type { BulkAnswer } from './bulk-writer.ts'
import type { Connection } from './connection.ts'
import { countCreated } from './created.ts'
import { FREE_OBJECTS, indexTemplate, type TemplateOptions, templateName } from './template.ts'
import type { BulkItem } from './verdict.ts'

/**
 * Milliseconds. Elasticsearch itself waits up to a minute for a shard before it answers (bulk API, `timeout`): who gave up
 * in that minute would send everything to a server in trouble again.
 */
const REQUEST_TIMEOUT = 120_000

/**
 * OpenSearch speaks the same language, but neither says the word that the client's product check looks for nor
 * takes the media types that name a version of Elasticsearch; all of them take the plain ones.
 */
const ANY_SERVER = {
  productCheck: null,
  vendoredHeaders: {
    jsonContentType: 'application/json',
    ndjsonContentType: 'application/x-ndjson',
    accept: 'application/json',
  },
}

/** The server, through the official client. */
export interface Server {
  /** Waits until the server is there, and puts the index template. Rejects only when the process gives up. */
  prepare(template: TemplateOptions | undefined): Promise<void>
  /** Sends one bulk request, once: retries are the writer's, because only it knows what each answer means. */
  bulk(body: Buffer): Promise<BulkAnswer>
}

export async function openServer({ nodes, auth, tls }: Connection, context: Context): Promise<Server> {
  // Imported here: the client costs 20 MB and a quarter of a second, which `--help` need not wait for.
  const { Client, Serializer, Transport, errors } = await import('@elastic/elasticsearch')
  const client = new Client({
    nodes,
    ...(auth && { auth }),
    ...(tls && { tls }),
    maxRetries: 0,
    requestTimeout: REQUEST_TIMEOUT,
    // What an error tells of the request must not hold secrets. The other way, to replace them, copies all of it entry by
    // entry, and of a body of 5 MiB that makes an object with five million names: 3 GB in the second minute of a 503.
    redaction: { type: 'remove' },
    Serializer: class extends Serializer {
      override deserialize<T>(json: string): T {
        const created = countCreated(json)
        return created > 0 ? ({ created } as T) : super.deserialize(json)
      }
    },
    Transport: class extends Transport {
      constructor(options: ConstructorParameters<typeof Transport>[0]) {
        super({ ...options, ...ANY_SERVER } as unknown as typeof options)
      }
    },
  })
  context.defer(() => client.close())
  const ready = {
    prepare: prepareLoop(client, errors, nodes.join(', '), context),
    bulk: bulkWith(client, errors),
  }
  return ready
}

type Errors = typeof ClientErrors

function bulkWith(client: Client, errors: Errors): Server['bulk'] {
  return async body => {
    try {
      const answer = await client.transport.request<Partial<Answer>>({
        method: 'POST',
        path: '/_bulk',
        querystring: { filter_path: FILTER },
        bulkBody: body as unknown as string,
      })
      if (answer.created !== undefined) return { created: answer.created }
      return { items: (answer.items ?? []).map(item => item.create ?? { status: 0 }) }
    } catch (error) {
      return {
        status: error instanceof errors.ResponseError ? (error.statusCode ?? 0) : 0,
        reason: reasonOf(error, errors),
      }
    }
  }
}

/** What it is to say of each document. */
export const FILTER = 'items.*.status,items.*.error,items.*.failure_store'

interface Answer {
  /** All of them were created, so many. */
  created: number
  items: readonly { create?: BulkItem }[]
}

function prepareLoop(client: Client, errors: Errors, where: string, context: Context): Server['prepare'] {
  return template => {
    const mayWarn = atMostEvery(60_000)
    const backoff = new Backoff(100, 5_000)
    const ready = (async () => {
      for (;;) {
        const problem = await problemOf(
          () => (template ? putTemplate(client, errors, template) : reach(client, errors)),
          errors,
        )
        context.waitingFor('server', problem && `${where}: ${problem}`)
        if (!problem) return
        if (mayWarn())
          context.log.warn(`${where} is not usable yet: ${problem}; waiting for it, and keeping what comes`)
        await backoff.wait(context.signal)
      }
    })()
    context.waitingFor('server', `${where}: not reached yet`)
    ready.catch(() => {})
    return ready
  }
}

async function problemOf(action: () => Promise<void>, errors: Errors): Promise<string | undefined> {
  try {
    await action()
    return undefined
  } catch (error) {
    return reasonOf(error, errors)
  }
}

/** Any answer will do, except that we may not, or that it cannot. */
async function reach(client: Client, errors: Errors): Promise<void> {
  try {
    await client.transport.request({ method: 'HEAD', path: '/' })
  } catch (error) {
    const status = error instanceof errors.ResponseError ? (error.statusCode ?? 0) : 0
    if (status === 0 || status === 401 || status === 403 || status >= 500) throw error
  }
}

async function putTemplate(client: Client, errors: Errors, template: TemplateOptions): Promise<void> {
  for (const [n, freeObject] of FREE_OBJECTS.entries()) {
    try {
      const path = `/_index_template/${encodeURIComponent(templateName(template))}`
      await client.transport.request({
        method: 'PUT',
        path,
        body: indexTemplate(template, freeObject) as { [key: string]: unknown },
      })
      return
    } catch (error) {
      // A server that does not know this type of field says so with 400; then the next one.
      const unknownType = error instanceof errors.ResponseError && error.statusCode === 400
      if (!unknownType || n === FREE_OBJECTS.length - 1) throw error
    }
  }
}

/** One line that says what is wrong, and for a refusal what to do. */
function reasonOf(error: unknown, errors: Errors): string {
  if (!(error instanceof errors.ResponseError)) return messageOf(error)
  const body = error.body as { error?: { type?: string; reason?: string } | string } | undefined
  const said = typeof body?.error === 'string' ? body.error : body?.error?.reason
  const hint =
    error.statusCode === 401 || error.statusCode === 403
      ? ' (see --api-key-file, --user and --password-file; a template needs the right to manage index templates, or --template off)'
      : ''
  return `status ${error.statusCode}${said ? `: ${said}` : ''}${hint}`
}
