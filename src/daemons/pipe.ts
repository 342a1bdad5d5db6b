// Records go in, and to a command, one a line; what it answers to each comes out: an object, several, or none.
import { findCommand, inherited } from '../lib/children/index.ts'
import { duration, filter, integer, words } from '../lib/index.ts'
import { Coprocess } from './pipe/coprocess.ts'

export default filter({
  summary: 'Have a command of any language answer each record',
  examples: [
    'sluice-pipe --pull-connect tcp://127.0.0.1:7001 \\\n    --push-bind tcp://127.0.0.1:7002 -- python3 -u score.py',
    "echo '{\"a\":1}' | sluice-pipe -- jq -c --unbuffered '.b = .a + 1'",
    "sluice run 'syslog-udp | syslog-json | pipe*4 -- ./enrich | store'",
  ],
  options: {
    command: words('What to start, and its arguments; no shell reads them'),
    timeout: duration('End the command when an answer takes longer; 0: wait for ever', '30s'),
    attempts: integer('Deaths of the command that one record may cause before it is refused', '3', {
      min: 1,
    }),
    inFlight: integer('Records that it is given before it has answered the first', '1000', {
      min: 1,
      max: 100_000,
    }),
  },
  counters: {
    restarts: 'Times that the command died and was started again',
    repeated: 'Records that it had been given when it died; they are given again',
  },
  service: { flags: ['--', '/etc/sluice/pipe'], programs: true },
  open(options, context) {
    const environment = inherited(context.environment)
    const coprocess = new Coprocess({
      ...options,
      command: findCommand(options.command, environment),
      environment,
      context,
    })
    context.defer(grace => coprocess.close(grace))
    return coprocess
  },
})
