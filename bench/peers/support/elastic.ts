// The Elasticsearch that all of them write to: its indices, which are alike, and what is in them.
import { chmodSync, readdirSync } from 'node:fs'
import { setPriority } from 'node:os'
import { startElasticsearch } from '../../../test/servers/elasticsearch.ts'
import type { Server } from '../../../test/servers/support.ts'
import { temporary } from '../../support/folder.ts'
import { ELASTICSEARCH } from '../../support/machine.ts'
import type { Seen } from './seen.ts'

export const JAVA = ['-Xms2g', '-Xmx2g']
export const NICE = 10

const PAGE = 10_000
const KEYWORD = { type: 'keyword' }

/** Only these are indexed, whatever else a document holds (`@meta`, by which Sluice knows a record again). */
export const INDEX = {
  settings: { number_of_shards: 1, number_of_replicas: 0, refresh_interval: '1s' },
  mappings: {
    dynamic: false,
    properties: {
      '@timestamp': { type: 'date' },
      syslog_priority: { type: 'short' },
      syslog_facility: KEYWORD,
      syslog_severity: KEYWORD,
      host: KEYWORD,
      syslog_program: KEYWORD,
      syslog_pid: KEYWORD,
      message: { type: 'text' },
    },
  },
}

interface Page {
  hits: { hits: { sort: unknown[] }[] }
}

export class Elastic {
  readonly url: string
  readonly #server: Server
  #made = 0

  static async start(): Promise<Elastic> {
    // It runs as another user, who has to get through the folder of this run to its files.
    chmodSync(temporary(''), 0o711)
    const server = await startElasticsearch(ELASTICSEARCH, { java: JAVA })
    // As if it had cores of its own: otherwise it is what it takes from the shippers that is measured, as datagrams that
    // the kernel drops. Each thread has a priority of its own, and gives it to those that it starts.
    for (const thread of readdirSync(`/proc/${server.pid}/task`)) setPriority(Number(thread), NICE)
    return new Elastic(server)
  }

  constructor(server: Server) {
    this.url = server.url
    this.#server = server
  }

  /** Its process. */
  pids(): number[] {
    return [this.#server.pid!]
  }

  /** Makes an index that nobody has written to; resolves to its name. */
  async createIndex(): Promise<string> {
    const index = `peers-${++this.#made}`
    await this.#ask('PUT', index, INDEX)
    return index
  }

  /** Documents that were written so far; asks for no refresh, which would be work that nobody else has. */
  async written(index: string): Promise<number> {
    const path = `${index}/_stats/indexing?filter_path=_all.primaries.indexing.index_total`
    const { _all } = JSON.parse(String(await this.#ask('GET', path)))
    return _all.primaries.indexing.index_total
  }

  /** Reads back every document. */
  async read(index: string, seen: Seen): Promise<void> {
    await this.#ask('POST', `${index}/_refresh`)
    // One shard: the order of its operations is an order of all documents, and needs no open point in time.
    const question = { size: PAGE, sort: ['_seq_no'], _source: ['message'], track_total_hits: false }
    const path = `${index}/_search?filter_path=hits.hits.sort,hits.hits._source.message`
    for (let after: unknown[] | undefined; ; ) {
      const answer = await this.#ask('POST', path, after ? { ...question, search_after: after } : question)
      const { hits } = JSON.parse(String(answer)) as Partial<Page>
      const last = hits?.hits.at(-1)
      if (!last) return
      seen.note(answer)
      after = last.sort
    }
  }

  async delete(index: string): Promise<void> {
    await this.#ask('DELETE', index)
  }

  async stop(): Promise<void> {
    await this.#server.stop()
  }

  async #ask(method: string, path: string, body?: object): Promise<Buffer> {
    const content = body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
    const answer = await fetch(`${this.url}/${path}`, { method, ...content })
    const bytes = Buffer.from(await answer.arrayBuffer())
    if (!answer.ok) throw new Error(`Elasticsearch says ${answer.status} to ${method} ${path}: ${bytes}`)
    return bytes
  }
}
