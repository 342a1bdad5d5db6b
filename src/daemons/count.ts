// Events go in; how many there were, by key and time, is kept in SQLite or Redis and answered over HTTP.

import { checked, checkHttp, duration, integer, path, repeatable, sink, text } from '../lib/index.ts'
import { liveCounters, liveOptions } from '../lib/live/options.ts'
import { createZone } from '../lib/syslog/timezone.ts'
import { createAgreement, nameOfZone } from './count/about.ts'
import { Buckets } from './count/buckets.ts'
import { checkPrefix, checkRemember, checkStore } from './count/check.ts'
import { parseKey, parseValued } from './count/key-template.ts'
import { createMetrics, USUAL } from './count/metrics.ts'
import { parseStore } from './count/where.ts'
import { createWrite } from './count/write.ts'

const FOR_EVER = { max: Number.MAX_SAFE_INTEGER }

export default sink({
  summary: 'Count events by templates over time, and answer over HTTP',
  examples: [
    "sluice-count --pull-bind tcp://127.0.0.1:7001 --key '{account}/{type}'",
    "sluice-count --pull-bind ack+tcp://127.0.0.1:7001 \\\n    --store redis://127.0.0.1:6379 --key '{account}/{type}' \\\n    --sum '{account}/revenue = {data.amount}'",
  ],
  options: {
    key: repeatable({
      ...checked(
        text(
          `Count events under this key (default: ${USUAL}, unless there is a --sum or --distinct)`,
          undefined,
          'template',
        ),
        ifGiven(parseKey),
      ),
      separator: '\n',
    }),
    sum: repeatable({
      ...checked(
        text('Add up a number under a key: KEY = VALUE', undefined, 'template'),
        ifGiven(parseValued),
      ),
      separator: '\n',
    }),
    distinct: repeatable({
      ...checked(
        text('Count each value once in a time: KEY = VALUE', undefined, 'template'),
        ifGiven(parseValued),
      ),
      separator: '\n',
    }),
    timezone: checked(
      text('Zone of days and hours: UTC, local, +02:00, Europe/Paris', 'UTC', 'zone'),
      createZone,
    ),
    store: checked(
      text(
        'Where: sqlite:///path, redis://host:port (default: a file in the state folder)',
        'sqlite:',
        'url',
      ),
      parseStore,
    ),
    storePasswordFile: path('File that holds the password of the Redis', 'secret'),
    storeCa: path('File of certificates that the Redis is signed by (PEM), with rediss://'),
    prefix: checked(text('What the names in Redis begin with, and a slash', '', 'name'), checkPrefix),
    keepMinutes: duration('Forget the counts of minutes so long after; 0: never', '7d', FOR_EVER),
    keepHours: duration('Forget the counts of hours so long after; 0: never', '90d', FOR_EVER),
    keepDays: duration('Forget the counts of days so long after; 0: never', '730d', FOR_EVER),
    keepMonths: duration('Forget the counts of months so long after; 0: never', '0', FOR_EVER),
    remember: checked(
      duration('How long an event that comes again is recognised', '1d', FOR_EVER),
      checkRemember,
    ),
    maxKeys: integer('The most keys; events of further ones are not counted', '1000000', { min: 1 }),
    ...liveOptions('127.0.0.1:8517'),
  },
  counters: {
    repeats: 'Events that were counted already, under the same id',
    transactions: 'Groups of events that were counted and are durable',
    withoutField: 'Events not counted by a template, because a field of it is missing or empty',
    notNumbers: 'Events not added by a template, because their value is no number',
    valuesRefused: 'Events not counted by a template, because a part of their key would be . or ..',
    keysTooLong: 'Events not counted by a template, because their key is too long',
    keysOfOthers: 'Events not counted by a template, because their key is that of another template',
    keysFull: 'Events not counted by a template, because there are too many keys (--max-keys)',
    fieldsRefused: 'Fields that Redis refused, because something else has that name',
    timesRefused: 'Events counted when they were received, because their time cannot be',
    ...liveCounters,
  },
  batch: { bytes: '1MiB', delay: '50ms', concurrency: 2 },
  check(options) {
    checkHttp(options)
    const metrics = createMetrics(options)
    if (options.accountTokens) metrics.checkAccounts()
    checkStore(options)
  },
  service: { sockets: { http: 'stream' } },
  async open(options, context) {
    const metrics = createMetrics(options)
    const { keepMinutes, keepHours, keepDays, keepMonths, maxKeys } = options
    const keep = { minute: keepMinutes, hour: keepHours, day: keepDays, month: keepMonths }
    const buckets = new Buckets(createZone(options.timezone), keep)
    const { openStore, storeOfItsOwn } = await import('./count/open.ts')
    const { timezone, remember } = options
    const counting = { metrics, timezone, remember, keep }
    const agreement = createAgreement(counting, storeOfItsOwn(options), text => context.log.warn(text))
    const store = await openStore(options, agreement, context)
    // Late: --help need not wait for what speaks HTTP.
    const { openLive } = await import('../lib/live/open.ts')
    const { createApi } = await import('./count/api.ts')
    const keys = metrics.all.map(({ template }) => template)
    const { name } = context
    const sees = (record: object, account: string) => metrics.isOf(record, account)
    const face = { kind: 'count' as const, name, keys, timezone: nameOfZone(options.timezone), sees }
    const live = await openLive(options, context, face, createApi({ store, metrics, buckets }))
    return createWrite({ store, metrics, buckets, maxKeys, live }, context)
  },
})

function ifGiven(parse: (text: string) => unknown): (text: string | undefined) => void {
  return text => {
    if (text !== undefined) parse(text)
  }
}
