// UDP datagrams go in, one record a datagram comes out: {"@meta": {id, received, peer}, "message": text}.
import { aborted, type Context, type LogRecord, source } from '../lib/index.ts'
import { checkUdp, openReceivers, udpCounters, udpOptions } from '../lib/udp/options.ts'
import { type Datagram, decode } from './syslog-udp/datagram.ts'

const USUAL = '127.0.0.1:5514'

/**
 * Milliseconds between two looks, in which a chain of three processes is woken up only once: 40 times a second instead of 100 is
 * 2 of 12 µs a record at 10,000/s. For a log it is early enough.
 */
const LONGEST = 25

export default source({
  summary: 'Receive syslog over UDP',
  examples: [
    'sluice-syslog-udp --listen 127.0.0.1:5514 --push-bind tcp://127.0.0.1:7000',
    'sluice-syslog-udp --listen :514 --receive-buffer 32MiB \\\n    --push-connect ipc:///run/sluice/syslog.ipc',
  ],
  options: udpOptions(USUAL),
  counters: udpCounters,
  check: checkUdp,
  // A sender of UDP cannot be made to wait.
  whenFull: 'drop-newest',
  service: { flags: ['--listen', ':514'], next: 'syslog-json', spool: true, sockets: { listen: 'datagram' } },
  async open(options, context) {
    const receivers = await openReceivers(options, { decode, longest: LONGEST, usual: USUAL }, context)
    return async ({ emit, signal }) => {
      for (const receiver of receivers) {
        receiver.receive(datagrams => {
          const records = toRecords(datagrams, context)
          if (records.length < datagrams.length) context.count('empty', datagrams.length - records.length)
          emit(records)
        })
      }
      await aborted(signal)
      await Promise.all(receivers.map(receiver => receiver.close()))
    }
  },
})

/** Of those that are not empty. What comes together was received together: to ask for the time takes longer than all the rest. */
function toRecords(datagrams: readonly Datagram[], context: Context): LogRecord[] {
  const received = Date.now()
  const records: LogRecord[] = []
  for (const { message, peer, bytes } of datagrams) {
    if (message === '') continue
    const id = context.id(received)
    const meta = bytes === undefined ? { id, received, peer } : { id, received, peer, bytes }
    records.push({ '@meta': meta, message })
  }
  return records
}
