// Records go in; people search and watch them on a page, programs through its API.

import { join } from 'node:path'
import { bytes, checkHttp, duration, httpOptions, path, sink } from '../lib/index.ts'
import { version } from '../lib/version.ts'
import { Queries } from './store/queries.ts'
import { TailHub } from './store/tail-hub.ts'
import { openWrite } from './store/write.ts'

export default sink({
  summary: 'Keep records to be searched and watched on a page',
  examples: [
    "sluice run 'syslog-udp --listen :5514 | syslog-json | store'",
    'sluice-store --pull-bind tcp://127.0.0.1:7001 \\\n    --path /var/lib/sluice/store --keep 7d --keep-bytes 20GiB',
  ],
  options: {
    path: path('Folder to keep them in (default: store in the state folder)', 'write'),
    keep: duration('Delete records stored longer ago than this; 0: keep them for ever', '0', {
      max: Number.MAX_SAFE_INTEGER,
    }),
    keepBytes: bytes('Delete the oldest records when they use more than this; 0: no limit', '10GiB'),
    ...httpOptions('127.0.0.1:8514'),
  },
  counters: {
    repeats: 'Records that were there already, under the same id',
    transactions: 'Groups of records that were written and synced',
  },
  batch: { bytes: '1MiB', delay: '50ms', concurrency: 2 },
  check: options => checkHttp(options),
  service: { sockets: { http: 'stream' } },
  async open(options, context) {
    const { keep, keepBytes } = options
    const folder = options.path ?? join(await context.stateFolder(), 'store')
    const tails = new TailHub()
    const write = await openWrite({ folder, keep, keepBytes }, tails, context)
    const queries = new Queries(folder, context)
    // Late, with the rest of what speaks HTTP: --help need not wait for it.
    const { createSite } = await import('./store/site.ts')
    const url = await context.serve(options, createSite({ queries, tails, version, keep, keepBytes }))
    context.log.info(`the page is at ${url}`)
    context.defer(() => tails.close())
    return write
  },
})
