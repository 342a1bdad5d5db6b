// Logs by HTTP POST go in (NDJSON, JSON, lines of text); a record each comes out, and the answer when they are accepted.
import { aborted, bytes, checked, checkHttp, duration, httpOptions, source } from '../lib/index.ts'
import { trustedProxyOption } from '../lib/serve/client-address.ts'
import { oversizeCounter, oversizeOption } from '../lib/text/oversize.ts'

/** Bodies that are on their way when it stops get so long to come, in milliseconds. */
const GRACE = 2000
const CONNECTIONS = 10_000
/** All of a request, with what it waits for here. How slowly its body may come is another matter. */
const REQUEST = 3600_000
/** JSON is taken as one text, and V8 has none of more than half a gigabyte. */
const MOST_BODY = 256 * 1024 * 1024

export default source({
  summary: 'Receive logs by HTTP POST',
  answers: true,
  examples: [
    'sluice-http-in --push-bind tcp://127.0.0.1:7000',
    'sluice-http-in --http :8515 --http-token-file /etc/sluice/token \\\n    --tls-cert cert.pem --tls-key key.pem --spool /var/lib/sluice \\\n    --push-connect ack+tcp://store.example:7001',
  ],
  options: {
    ...httpOptions('127.0.0.1:8515'),
    maxBody: checked(bytes('The most bytes of a body, decompressed', '64MiB'), checkMaxBody),
    answerWithin: duration('Answer 503 when nothing was accepted for so long', '20s'),
    trustedProxy: trustedProxyOption,
    oversize: oversizeOption,
  },
  counters: {
    requests: 'Requests whose records were accepted',
    refused: 'Requests whose body was refused (4xx)',
    busy: 'Requests whose client was asked to come again (503)',
    connectionsRefused: 'Connections that were refused: no TLS, or no certificate that will do',
    left: 'Requests whose client left before the end of the body',
    ...oversizeCounter,
  },
  check: options => checkHttp(options),
  service: { sockets: { http: 'stream' } },
  async open(options, context) {
    const { createInlet } = await import('./http-in/inlet.ts')
    const { app, requests } = createInlet(options, context)
    const limits = {
      ...{ body: Number.POSITIVE_INFINITY, request: REQUEST, connections: CONNECTIONS },
      refused: () => context.count('connectionsRefused'),
    }
    await context.serve(options, app, limits)
    // Before the server is closed, which waits for answers.
    context.defer(() => requests.giveUp())
    return async feed => {
      requests.start(feed)
      await aborted(feed.signal)
      await requests.stop(GRACE)
    }
  },
})

function checkMaxBody(size: number): void {
  if (size < 1 || size > MOST_BODY) throw new RangeError('a body has from 1 byte to 256MiB')
}
