// Records go in by one endpoint, the same records go out by another.
import { filter } from '../lib/index.ts'

export default filter({
  summary: 'Give records from one endpoint on to another',
  examples: [
    '# a spool of its own, before a link that is sometimes down',
    'sluice-relay --pull-bind ack+ipc:///run/sluice/out.ipc \\\n    --spool /var/lib/sluice --push-connect ack+tcp://far.example:7000',
    '# many senders, several receivers',
    'sluice-relay --pull-bind ack+tcp://127.0.0.1:7000 \\\n    --push-connect ack+tcp://a.example:7001 \\\n    --push-connect ack+tcp://b.example:7001',
    '# from plain ZeroMQ to an acknowledged link',
    'sluice-relay --pull-connect tcp://127.0.0.1:5555 \\\n    --push-connect ack+tcp://127.0.0.1:7000',
  ],
  service: { spool: true },
  passes: true,
  open: () => record => record,
})
