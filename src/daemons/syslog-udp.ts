// UDP datagrams go in, one record a datagram comes out: {"@meta": {id, received, peer}, "message": text}.
import {
  aborted,
  bytes,
  type Context,
  checked,
  flag,
  hostPort,
  type LogRecord,
  Misuse,
  repeatable,
  source,
} from '../lib/index.ts'
import { isFromSystemd } from '../lib/systemd/listen-address.ts'
import type { Datagram } from './syslog-udp/datagram.ts'
import { watchKernelDrops } from './syslog-udp/kernel-drops.ts'
import { openHandedReceivers, openReceiver, type Receiver } from './syslog-udp/receiver.ts'

export default source({
  summary: 'Receive syslog over UDP',
  examples: [
    'sluice-syslog-udp --listen 127.0.0.1:5514 --push-bind tcp://127.0.0.1:7000',
    'sluice-syslog-udp --listen :514 --receive-buffer 32MiB \\\n    --push-connect ipc:///run/sluice/syslog.ipc',
  ],
  options: {
    listen: repeatable(
      hostPort('Receive here; :5514 is all addresses; systemd: what it hands over', '127.0.0.1:5514'),
    ),
    receiveBuffer: checked(bytes('Ask the kernel to queue so much for each socket', '8MiB'), checkBuffer),
    reusePort: flag('Share the port with other instances; the kernel spreads the senders over them'),
  },
  counters: {
    empty: 'Datagrams without a byte in them; skipped',
    kernelDropped: 'Datagrams that the kernel dropped because the receive buffer was full',
  },
  check({ listen, reusePort }) {
    if (reusePort && listen.some(isFromSystemd))
      throw new Misuse(
        '--reuse-port: a socket of systemd is bound already; write ReusePort=yes into its .socket unit',
      )
  },
  // A sender of UDP cannot be made to wait.
  whenFull: 'drop-newest',
  service: { flags: ['--listen', ':514'], next: 'syslog-json', spool: true, sockets: { listen: 'datagram' } },
  async open({ listen, receiveBuffer, reusePort }, context) {
    const receivers: Receiver[] = []
    for (const address of listen) {
      const others = receivers.map(({ inode }) => inode)
      const opened = isFromSystemd(address)
        ? await openHandedReceivers(address, receiveBuffer, context)
        : [await openReceiver(address, { receiveBuffer, reusePort, others })]
      for (const receiver of opened) {
        context.defer(() => receiver.close())
        context.listening(`udp://${receiver.address}`)
        warnIfSmall(receiver, receiveBuffer, context)
        receivers.push(receiver)
      }
    }
    context.defer(
      watchKernelDrops(receivers, dropped => context.count('kernelDropped', dropped), context.log),
    )
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

/** What setsockopt(2) takes. */
function checkBuffer(size: number): void {
  if (size < 1 || size > 2 ** 31 - 1) throw new RangeError('a buffer has from 1 byte to less than 2GiB')
}

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

function warnIfSmall({ address, granted }: Receiver, wanted: number, { log }: Context): void {
  if (granted >= wanted) return
  log.warn(
    { address, wanted, granted },
    `the kernel grants a receive buffer of ${granted} bytes of ${wanted}; sudo sysctl -w net.core.rmem_max=${wanted}`,
  )
}
