// Events go in; browsers see them as they come, programs get them by the outputs.
import { checkHttp, filter } from '../lib/index.ts'
import { liveCounters, liveOptions } from '../lib/live/options.ts'
import { openRules, rulesOption, sendCopies } from '../lib/rule.ts'

export default filter({
  summary: 'Show events to browsers as they come, and give copies to programs',
  examples: [
    '# a page, WebSocket and server-sent events at http://127.0.0.1:8516',
    "sluice run 'http-in | hub'",
    '# and every event to whoever subscribes; errors to the store as well',
    "sluice-hub --pull-bind tcp://127.0.0.1:7001 \\\n    --to 'pub+tcp://127.0.0.1:7002?bind=1' \\\n    --to 'type:error => ack+tcp://127.0.0.1:7003'",
  ],
  options: {
    to: rulesOption('Output that gets a copy of each event, or of those that meet a condition', {
      bare: true,
    }),
    ...liveOptions('127.0.0.1:8516'),
  },
  counters: liveCounters,
  outputs: ({ to }) => to.map(({ endpoint }) => endpoint),
  check: options => checkHttp(options),
  service: { sockets: { http: 'stream' } },
  async open(options, context) {
    const { hasPush, drop, output, name } = context
    const rules = openRules(options.to, output)
    // Late: --help need not wait for what speaks HTTP.
    const { openLive } = await import('../lib/live/open.ts')
    const live = await openLive(options, context, { kind: 'hub', name })
    return record => {
      live.publish(record, hasPush)
      const isCopied = rules.length > 0 && sendCopies(record, rules)
      if (hasPush) return record
      return isCopied ? undefined : drop(record, 'published')
    }
  },
})
