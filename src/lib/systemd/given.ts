/** What systemd gives the main process of a service by its environment. */
export interface Given {
  /** Where it wants to be told how the service does (sd_notify(3)). */
  notifySocket?: string
  /** Milliseconds within which it wants to hear that the service works (sd_watchdog_enabled(3)). */
  watchdog?: number
  /** Sockets that it has opened (sd_listen_fds(3)). */
  sockets: readonly GivenSocket[]
  /** The process that they are for, where that is another one: whoever started this one did not make way for it. */
  socketsOf?: number
}

export interface GivenSocket {
  fd: number
  /** Its FileDescriptorName=, which is that of its unit where nothing else is said. */
  name: string
}

const VARIABLES = [
  ...['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'],
  ...['LISTEN_FDS', 'LISTEN_PID', 'LISTEN_PIDFDID', 'LISTEN_FDNAMES'],
]

/** The first descriptor that is handed over (SD_LISTEN_FDS_START). */
const FIRST = 3

/**
 * Reads it, and takes it out of the environment: a child that found it there would speak for the service, or take for sockets what it
 * does not have.
 */
export function takeGiven(env: NodeJS.ProcessEnv, pid: number): Given {
  const given = readGiven(env, pid)
  for (const variable of VARIABLES) delete env[variable]
  return given
}

export function readGiven(env: NodeJS.ProcessEnv, pid: number): Given {
  const { NOTIFY_SOCKET: notifySocket, WATCHDOG_USEC, WATCHDOG_PID, LISTEN_PID } = env
  const microseconds = numberIn(WATCHDOG_USEC)
  const isWatched = microseconds && (WATCHDOG_PID === undefined || numberIn(WATCHDOG_PID) === pid)
  const sockets = socketsIn(env)
  const socketsOf = numberIn(LISTEN_PID)
  return {
    ...(notifySocket && { notifySocket }),
    ...(isWatched && { watchdog: microseconds / 1000 }),
    sockets: socketsOf === pid ? sockets : [],
    ...(sockets.length > 0 && socketsOf !== undefined && socketsOf !== pid && { socketsOf }),
  }
}

function socketsIn({ LISTEN_FDS, LISTEN_FDNAMES }: NodeJS.ProcessEnv): GivenSocket[] {
  const names = LISTEN_FDNAMES?.split(':') ?? []
  return Array.from({ length: numberIn(LISTEN_FDS) ?? 0 }, (_, n) => ({
    fd: FIRST + n,
    // As sd_listen_fds_with_names(3) calls what has no name.
    name: names[n] || 'unknown',
  }))
}

/** A number from 1 that has no more than 15 digits. */
function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined
}
