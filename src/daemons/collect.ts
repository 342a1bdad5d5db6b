// Requests of customers' web pages go in: a GIF that is shown, a snippet that posts. An event each comes out.
import {
  aborted,
  allowOriginOption,
  bytes,
  checked,
  checkPublicHttp,
  choice,
  duration,
  flag,
  httpOptions,
  integer,
  source,
} from '../lib/index.ts'
import { trustedProxyOption } from '../lib/serve/client-address.ts'
import { rateOption } from './collect/rate.ts'

const CONNECTIONS = 10_000
const MOST_BODY = 16 * 1024 * 1024
/** Of bodies that bring no events, and for which nobody asked. */
const MOST_OF_OTHERS = 1024

/** Everybody is meant to ask it. */
const { httpTokenFile: _, ...http } = httpOptions('127.0.0.1:8518')

export default source({
  summary: "Collect events of customers' web pages by HTTP",
  answers: true,
  // Nobody's page is to wait for what is behind us.
  whenFull: 'drop-newest',
  examples: [
    'sluice-collect --push-bind tcp://127.0.0.1:7000',
    'sluice-collect --http 127.0.0.1:8518 --trusted-proxy 127.0.0.1 \\\n    --allow-origin https://shop.example --spool /var/lib/sluice \\\n    --push-connect ack+tcp://hub.example:7001',
  ],
  options: {
    ...http,
    allowOrigin: allowOriginOption,
    trustedProxy: trustedProxyOption,
    rate: rateOption('Requests of one client; more are answered 429', '100/s'),
    burst: integer('So many of them may come at once', '1000', { min: 1 }),
    doNotTrack: choice(
      'What becomes of who sends DNT or Sec-GPC: no visitor and address, no event',
      ['anonymous', 'drop', 'ignore'],
      'anonymous',
    ),
    anonymizeAddress: flag('Without the last octet of addresses, or the last 80 bits of IPv6'),
    dailyVisitor: flag('Who brings no id gets one of address and browser, for a day'),
    dropBots: flag('No events of bots; without it they are marked'),
    answer: choice('When pages get their GIF or 204', ['at-once', 'accepted'], 'at-once'),
    answerWithin: duration('Answer 503 when nothing was accepted for so long', '20s'),
    maxBody: checked(bytes('The most bytes of a body', '64KiB'), checkMaxBody),
  },
  counters: {
    refused: 'Requests that were no event (4xx)',
    foreign: 'Requests of pages of origins that --allow-origin does not name (403)',
    rateLimited: 'Requests of clients that come more often than --rate (429)',
    busy: 'Requests whose client was asked to come again (503)',
    bots: 'Events of bots that --drop-bots dropped',
    notTracked: 'Events that --do-not-track drop dropped',
  },
  check: options => checkPublicHttp({ ...options, httpTokenFile: undefined }),
  service: { sockets: { http: 'stream' }, spool: true },
  async open(options, context) {
    const { createCollector } = await import('./collect/create.ts')
    const { intake, app, limits } = await createCollector(options, context)
    const url = await context.serve({ ...options, httpTokenFile: undefined }, app, {
      isPublic: true,
      body: MOST_OF_OTHERS,
      connections: CONNECTIONS,
      ...limits,
    })
    context.log.info(`the snippet is at ${url}/s.js`)
    // Before the server is closed, which waits for answers.
    context.defer(() => intake.giveUp())
    return async feed => {
      intake.start(feed)
      await aborted(feed.signal)
      intake.stop()
    }
  },
})

function checkMaxBody(size: number): void {
  if (size < 1 || size > MOST_BODY) throw new RangeError('a body has from 1 byte to 16MiB')
}
