// Records go in, documents in Elasticsearch or OpenSearch come out: each once, under its id.
import { checked, choice, flag, Misuse, path, repeatable, sink, text } from '../lib/index.ts'
import { BulkBody } from './elasticsearch/bulk-body.ts'
import { BulkWriter } from './elasticsearch/bulk-writer.ts'
import { checkNode, connectionOf } from './elasticsearch/connection.ts'
import { compileIndexName } from './elasticsearch/index-name.ts'
import { openServer } from './elasticsearch/server.ts'

export default sink({
  summary: 'Write records to Elasticsearch or OpenSearch',
  examples: [
    'sluice-elasticsearch --pull-connect tcp://127.0.0.1:7001 \\\n    --node http://localhost:9200',
    "sluice-elasticsearch --pull-bind tcp://127.0.0.1:7001 \\\n    --index 'logs-%Y.%m.%d' --api-key-file /etc/sluice/es.key",
  ],
  options: {
    node: repeatable({ ...text('Address of a node', 'http://localhost:9200', 'url'), parse: checkNode }),
    index: checked(
      text("Index to write to; %Y %m %d %H are those of the event's time, in UTC", 'logs', 'name'),
      compileIndexName,
    ),
    dataStream: flag('The index is a data stream'),
    apiKeyFile: path('File that holds the API key', 'secret'),
    user: text('User name', undefined, 'name'),
    passwordFile: path('File that holds the password', 'secret'),
    ca: path('File of certificates that the servers are signed by (PEM)'),
    template: choice('Keep an index template with sound mappings', ['on', 'off'], 'on'),
    meta: choice('Store @meta as it is, or only the original bytes in it', ['keep', 'drop'], 'keep'),
  },
  counters: {
    requests: 'Bulk requests that were answered',
    retried: 'Documents that were sent again',
  },
  batch: { bytes: '5MiB', delay: '1s', concurrency: 2 },
  check({ index, dataStream, apiKeyFile, user, passwordFile }) {
    if (dataStream && index.includes('%'))
      throw new Misuse('--data-stream: its name has no % parts; it rolls over by itself')
    if (apiKeyFile && user) throw new Misuse('--api-key-file and --user: only one of them')
    if (Boolean(user) !== Boolean(passwordFile)) throw new Misuse('--user and --password-file go together')
  },
  async open(options, context) {
    const { index, dataStream, template, meta, node } = options
    const server = await openServer(await connectionOf(options), context)
    // In the background: records are taken, and kept, while the server is not there yet.
    const ready = server.prepare(template === 'on' ? { index, dataStream } : undefined)
    const writer = new BulkWriter({
      send: server.bulk,
      body: new BulkBody(index, meta),
      ready,
      where: node.join(', '),
      context,
    })
    return { writeLines: lines => writer.write(lines) }
  },
})
