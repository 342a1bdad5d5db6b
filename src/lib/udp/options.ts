import type { Context } from '../daemon.ts'
import { Misuse } from '../errors.ts'
import { bytes, checked, flag, hostPort, repeatable } from '../options.ts'
import { isFromSystemd, type ListenAddress } from '../systemd/listen-address.ts'
import { watchKernelDrops } from './kernel-drops.ts'
import type { Reading } from './reading.ts'
import { openHandedReceivers, openReceiver, type Receiver } from './receiver.ts'

/** The options of every source that receives datagrams. */
export function udpOptions(listen: string) {
  return {
    listen: repeatable(
      hostPort(`Receive here; ${anyHost(listen)} is all addresses; systemd: what it hands over`, listen),
    ),
    receiveBuffer: checked(bytes('Ask the kernel to queue so much for each socket', '8MiB'), checkBuffer),
    reusePort: flag('Share the port with other instances; the kernel spreads the senders over them'),
  }
}

export const udpCounters = {
  empty: 'Datagrams without a byte in them; skipped',
  kernelDropped: 'Datagrams that the kernel dropped because the receive buffer was full',
} as const

export interface UdpOptions {
  listen: readonly ListenAddress[]
  receiveBuffer: number
  reusePort: boolean
}

/** Throws Misuse. */
export function checkUdp({ listen, reusePort }: UdpOptions): void {
  if (reusePort && listen.some(isFromSystemd))
    throw new Misuse(
      '--reuse-port: a socket of systemd is bound already; write ReusePort=yes into its .socket unit',
    )
}

/** Opens the sockets; what comes to them is taken when each of them is told to receive. */
export async function openReceivers<T>(
  { listen, receiveBuffer, reusePort }: UdpOptions,
  reading: Reading<T>,
  context: Context<'kernelDropped'>,
): Promise<Receiver<T>[]> {
  const receivers: Receiver<T>[] = []
  for (const address of listen) {
    const others = receivers.map(({ inode }) => inode)
    const opened = isFromSystemd(address)
      ? await openHandedReceivers(address, { receiveBuffer, reading }, context)
      : [await openReceiver(address, { receiveBuffer, reusePort, others, reading })]
    for (const receiver of opened) {
      context.defer(() => receiver.close())
      context.listening(`udp://${receiver.address}`)
      warnIfSmall(receiver, receiveBuffer, context)
      receivers.push(receiver)
    }
  }
  const dropped = (datagrams: number) => context.count('kernelDropped', datagrams)
  context.defer(watchKernelDrops(receivers, dropped, context.log))
  return receivers
}

/** `127.0.0.1:5514` to `:5514`. */
function anyHost(address: string): string {
  return address.slice(address.lastIndexOf(':'))
}

/** What setsockopt(2) takes. */
function checkBuffer(size: number): void {
  if (size < 1 || size > 2 ** 31 - 1) throw new RangeError('a buffer has from 1 byte to less than 2GiB')
}

function warnIfSmall(
  { address, granted }: Pick<Receiver<unknown>, 'address' | 'granted'>,
  wanted: number,
  { log }: Pick<Context, 'log'>,
): void {
  if (granted >= wanted) return
  log.warn(
    { address, wanted, granted },
    `the kernel grants a receive buffer of ${granted} bytes of ${wanted}; sudo sysctl -w net.core.rmem_max=${wanted}`,
  )
}
