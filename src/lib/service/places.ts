import { dirname, resolve } from 'node:path'
import { Misuse } from '../errors.ts'
import { flagOf } from '../options.ts'
import type { StagePlan } from '../stage/plan.ts'
import { isWide, linksFrom } from './links.ts'
import { endpointsOf, everyOption, type Flags } from './rights.ts'
import { isHidden } from './sandbox.ts'
import type { SocketUnit } from './unit.ts'

/** Where programs of a host log to: who takes that away, and stops, leaves them without. */
const OF_JOURNALD = ['/dev/log', '/run/systemd/journal/dev-log', '/run/systemd/journal/socket']

/** Throws Misuse for what a service would look for somewhere else than where it was typed, or would not see. */
export function checkPlaces(plan: StagePlan, flags: Flags, sockets: readonly SocketUnit[]): void {
  const taken = sockets.flatMap(({ addresses }) => addresses).find(path => OF_JOURNALD.includes(path))
  if (taken !== undefined)
    throw new Misuse(
      `${taken} is journald's; with ForwardToSyslog=yes in journald.conf it sends all to /run/systemd/journal/syslog, where this daemon receives by default`,
    )
  for (const { address, query } of endpointsOf(plan)) {
    const files = [query['server-key'], query.allow]
    const paths = address.startsWith('ipc://') ? [address.slice('ipc://'.length), ...files] : files
    const odd = paths.find(path => path !== undefined && !/^[/@]/.test(path))
    if (odd !== undefined)
      throw new Misuse(`${address}: a service is started in /; write all of the path of ${odd}`)
  }
  for (const [key, option] of Object.entries(everyOption(plan.daemon)))
    if (option.words) checkCommand(flags.get(key)?.[0])
    else if (option.value === 'url') for (const url of flags.get(key) ?? []) checkSocket(url)
}

/**
 * Throws Misuse for a file that is read again and would be seen as a file, not through its folder: whoever puts another one in its
 * place, by renaming, would never be heard, and a key that is revoked so would still come in.
 */
export function checkFresh(plan: StagePlan, flags: Flags): void {
  const seesHost = plan.daemon.service?.programs === true || plan.daemon.service?.host === true
  const named = Object.entries(everyOption(plan.daemon)).flatMap(([key, { again }]) =>
    again ? (flags.get(key) ?? []).map(path => [`${flagOf(key)} ${path}`, path] as const) : [],
  )
  const queried = endpointsOf(plan).flatMap(({ query }) =>
    ['server-key', 'allow'].flatMap(key =>
      query[key] ? [[`?${key}=${query[key]}`, query[key]] as const] : [],
    ),
  )
  for (const [what, path] of [...named, ...queried]) {
    const steps = linksFrom(resolve(path)).filter(step => !step.startsWith('/usr/'))
    const bad = steps.find(step => isWide(dirname(step)) && (!seesHost || isHidden(step)))
    if (bad !== undefined)
      throw new Misuse(
        `${what}: a service is not shown all of ${dirname(bad)}, and would not see a new file in the place of ${bad}; put it into /etc/sluice`,
      )
  }
}

/** Of a server on this host, which makes its socket anew each time that it starts: so it is seen through its folder. */
function checkSocket(url: string): void {
  const [, path] = /^\w+\+unix:\/\/([^?]*)/.exec(url) ?? []
  if (path !== undefined && isWide(dirname(resolve(decodeURIComponent(path)))))
    throw new Misuse(
      `${url}: a service is not shown all of ${dirname(path)}, and would not see the socket that is made anew there; put it into a folder of its own`,
    )
}

function checkCommand(program: string | undefined): void {
  if (!program?.includes('/')) return
  if (!program.startsWith('/'))
    throw new Misuse(`${program}: a service is started in /; write all of the path of what it runs`)
  if (isHidden(program))
    throw new Misuse(
      `${program}: a service sees no folders of people, and has a /tmp of its own; put it into /usr/local/bin`,
    )
}
