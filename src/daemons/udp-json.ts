// UDP datagrams go in, the events of each come out, one a record: {"@meta": {id, received, peer}, …what was sent}.
import { aborted, source } from '../lib/index.ts'
import { checkUdp, openReceivers, udpCounters, udpOptions } from '../lib/udp/options.ts'
import { Intake } from './udp-json/intake.ts'

/** Where Fluent Bit takes JSON over UDP and TCP. Those of other protocols (StatsD's 8125, GELF's 12201) would bring what is no event. */
const USUAL = '127.0.0.1:5170'

/** Milliseconds. Somebody may look at a page on which an event is to appear. */
const LONGEST = 10

export default source({
  summary: 'Receive events over UDP, as JSON or MessagePack',
  examples: [
    'sluice-udp-json --listen 127.0.0.1:5170 --push-bind tcp://127.0.0.1:7000',
    "sluice run 'udp-json --listen :5170 | store'",
  ],
  options: udpOptions(USUAL),
  counters: {
    ...udpCounters,
    empty: 'Datagrams with nothing in them, or white space alone; skipped',
    notEvents: 'Parts of datagrams that are no events: dead letters',
    lost: 'Those of them for which there was no room among the dead letters',
  },
  check: checkUdp,
  // A sender of UDP cannot be made to wait.
  whenFull: 'drop-newest',
  service: { spool: true, sockets: { listen: 'datagram' } },
  async open(options, context) {
    const intake = new Intake(context)
    const reading = { decode: intake.decode, longest: LONGEST, usual: USUAL }
    const receivers = await openReceivers(options, reading, context)
    return async feed => {
      for (const receiver of receivers) receiver.receive(datagrams => intake.take(datagrams, feed))
      await aborted(feed.signal)
      await Promise.all(receivers.map(receiver => receiver.close()))
      await intake.end()
    }
  },
})
