import { isLoopback } from '../host-port.ts'
import { checked, choice, duration, flag, hostPort, type Options, text } from '../options.ts'
import { isFromSystemd, type ListenAddress } from '../systemd/listen-address.ts'
import { LOG_LEVELS } from './log.ts'

/** Whoever reaches the admin face reads everything it shows: there are no tokens in this version. */
function onlyLoopback(address: ListenAddress | undefined): void {
  // Where a socket of systemd listens is known when it is there.
  if (address && !isFromSystemd(address) && !isLoopback(address.host))
    throw new RangeError('only a loopback address, as in 127.0.0.1:9600')
}

const logLevel = choice('Least that is logged', LOG_LEVELS, 'info')

/** The options of any process, whatever it runs. */
export const processOptions = {
  name: text(
    'Name of admin socket, spool, place and dead letters (default: that of the daemon; without spool and place with its process id)',
    undefined,
    'name',
  ),
  admin: checked(hostPort('Answer /healthz, /readyz, /metrics and /status here as well'), onlyLoopback),
  grace: duration('After SIGTERM, wait at most so long for what is under way', '30s'),
  // Many programs call it so.
  logLevel: {
    ...logLevel,
    parse: written => logLevel.parse(written.map(word => (word === 'warning' ? 'warn' : word))),
  } satisfies typeof logLevel,
  check: flag('Check the options and exit'),
} satisfies Options
