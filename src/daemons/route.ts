// Records go in, each goes out by the outputs whose conditions it meets.
import { filter, flag, Misuse } from '../lib/index.ts'
import { openRules, rulesOption, sendCopies } from '../lib/rule.ts'

export default filter({
  summary: 'Give each record to one of several outputs, by its fields',
  examples: [
    "sluice-route --pull-bind ack+tcp://127.0.0.1:7001 \\\n    --to 'severity<=3 => ack+tcp://127.0.0.1:7002' \\\n    --to 'host:web* => file:///var/log/web.ndjson' \\\n    --to '* => ack+tcp://127.0.0.1:7003'",
    '# the second may be down for long: its records wait on the disk',
    "sluice-route --pull-bind ack+tcp://127.0.0.1:7001 \\\n    --to 'program:sshd => ack+tcp://127.0.0.1:7002' \\\n    --to '* => ack+tcp://far.example:7003?spool=/var/lib/sluice'",
    '# or are dropped, oldest first, when 64 MiB of them wait',
    "sluice-route --pull-bind ack+tcp://127.0.0.1:7001 --all \\\n    --to '* => ack+tcp://127.0.0.1:7002' \\\n    --to '* => tcp://127.0.0.1:7003?when-full=drop-oldest'",
  ],
  options: {
    to: rulesOption('Output of records that meet a condition'),
    all: flag('Give a copy to each output whose condition is met, not only to the first'),
  },
  outputs: ({ to }) => to.map(({ endpoint }) => endpoint),
  check({ to }) {
    if (to.length === 0) throw new Misuse("--to is missing; write for example --to 'severity<=3 => ENDPOINT'")
  },
  service: {
    flags: [
      ...['--all', '--to', 'severity<=3 => ack+ipc:///run/sluice/do.ipc?when-full=drop-newest'],
      ...['--to', '* => ack+ipc:///run/sluice/store.ipc'],
    ],
  },
  open({ to, all }, { output }) {
    const rules = openRules(to, output)
    if (!all) {
      return record => {
        for (const rule of rules) if (rule.matches(record)) return rule.output.send(record)
        return record
      }
    }
    return record => (sendCopies(record, rules) ? undefined : record)
  },
})
