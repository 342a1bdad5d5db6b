import { type Finding, finder, quoted } from '../finding.ts'

const foundProcess = finder('daemons')
const foundDescriptors = finder('descriptors')

/** What a running daemon says of itself, and the kernel of it. */
export interface ProcessFacts {
  name: string
  pid: number
  /** What it waits for; nothing when it is ready. */
  waiting: readonly string[]
  /** Open file descriptors, and how many it may have. */
  open?: number | undefined
  limit?: number | undefined
  /** Connections that it may have at a time. */
  connections: number
}

/** Descriptors of a daemon that nobody is connected to, with some to spare. */
const OWN_DESCRIPTORS = 100
/** The part of the limit at which it is time to raise it. */
const CLOSE = 0.8

export function checkProcess({ name, waiting, open, limit, connections }: ProcessFacts): Finding[] {
  const raise = 'LimitNOFILE=65536 in its unit (systemctl edit), or ulimit -n 65536 before it is started'
  const findings = waiting.map(why => foundProcess('warning', name, `it is not ready: ${why}`))
  if (open !== undefined && limit !== undefined && open > limit * CLOSE)
    findings.push(foundDescriptors('wrong', name, `it has ${open} of ${limit} file descriptors open`, raise))
  else if (limit !== undefined && connections + OWN_DESCRIPTORS > limit)
    findings.push(
      foundDescriptors(
        'warning',
        name,
        `it may have ${connections} connections, and only ${limit} file descriptors for all that it does`,
        raise,
      ),
    )
  return findings
}

/** A daemon that was killed leaves its socket behind. */
export function leftBehind(paths: readonly string[]): Finding[] {
  if (paths.length === 0) return []
  const [first] = paths
  const more = paths.length === 1 ? '' : `, nor at ${paths.length - 1} more`
  return [
    foundProcess(
      'warning',
      first!,
      `nobody listens at it any more${more}: daemons were killed, and not started again under that name`,
      `rm ${paths.map(quoted).join(' ')}`,
    ),
  ]
}

/** A socket at which somebody listens, and does not answer. */
export function silent(path: string, why: string): Finding {
  return foundProcess('wrong', path, `the daemon does not answer: ${why}`)
}
