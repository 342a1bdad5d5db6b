// Nothing goes in; what this host is doing comes out, an event a kind, mount, device or interface:
// {"@meta": …, "type": "host.load", "time", "host", "data": {…}}.
import { hostname } from 'node:os'
import { inherited } from '../lib/children/index.ts'
import { checked, duration, repeatable, source, text, unlessAborted } from '../lib/index.ts'
import { Chosen } from './host-metrics/chosen.ts'
import { checkKinds, kindsOf } from './host-metrics/only.ts'
import { Reports } from './host-metrics/reports.ts'
import { rounds } from './host-metrics/rounds.ts'

export default source({
  summary: 'Measure this host: load, memory, disks, network',
  examples: [
    'sluice-host-metrics --every 10s --push-connect ack+tcp://store.example:7000',
    "sluice-host-metrics --only load,disk --mounts '/' --mounts '/srv/*'",
  ],
  options: {
    every: checked(duration('Time between two rounds, at whole multiples of it', '10s'), checkEvery),
    only: checked(
      text('These alone, as in load,memory (default: all there are)', undefined, 'kinds'),
      checkKinds,
    ),
    mounts: repeatable(
      text(
        'These mounts, * is any text (default: file systems with a disk or a server behind them)',
        undefined,
        'pattern',
      ),
    ),
    interfaces: repeatable(
      text(
        'These interfaces (default: no lo, veth, bridges and tunnels of containers)',
        undefined,
        'pattern',
      ),
    ),
    devices: repeatable(
      text('I/O of these devices (default: disks; no partitions, loop, ram)', undefined, 'pattern'),
    ),
    host: text("Name of this host in each event; '' for none (default: the system's)", undefined, 'name'),
  },
  counters: {
    rounds: 'Rounds of measuring',
    slow: 'Times that a mount did not answer within 5 s, or had not answered yet',
    failed: 'Times that something could not be measured',
  },
  service: { host: true, spool: true },
  async open({ every, only, host = hostname(), ...given }, context) {
    const chosen = (key: 'mounts' | 'interfaces' | 'devices') =>
      given[key].length > 0 ? new Chosen(`--${key}`, given[key], context.log) : undefined
    const reports = new Reports(kindsOf(only), host, context)
    await reports.open({
      mounts: chosen('mounts'),
      interfaces: chosen('interfaces'),
      devices: chosen('devices'),
      environment: inherited(context.environment),
    })
    context.defer(() => reports.close())
    return async feed => {
      for await (const time of rounds(every, feed.signal)) {
        const full = feed.room()
        // What is measured when there is room again is not of this time.
        if (full) await unlessAborted(full, feed.signal)
        else reports.round(time, feed)
      }
    }
  },
})

function checkEvery(time: number): void {
  if (time < 100) throw new RangeError('it costs more than it tells; at least 100ms')
}
