// MessagePack goes in, records come out; or the other way round.
import { filter, flag } from '../lib/index.ts'

export default filter({
  summary: 'Read records from programs that speak MessagePack, or write them',
  examples: [
    '# values on a pipe become records',
    'python3 events.py | sluice-msgpack --push-connect tcp://127.0.0.1:7000',
    '# a ZeroMQ PUSH of MessagePack, into an acknowledged chain',
    'sluice-msgpack --pull-bind tcp://127.0.0.1:5555 \\\n    --push-connect ack+tcp://127.0.0.1:7000',
    '# records become MessagePack, one a message, for a ZeroMQ PULL',
    'sluice-msgpack --encode --pull-bind ack+tcp://127.0.0.1:7000 \\\n    --push-connect tcp://127.0.0.1:5556',
  ],
  options: { encode: flag('Write MessagePack, and read JSON') },
  msgpack: ({ encode }) => (encode ? 'push' : 'pull'),
  service: { flags: ['--pull-bind', 'ipc:///run/sluice/msgpack.ipc'] },
  passes: true,
  open: () => record => record,
})
