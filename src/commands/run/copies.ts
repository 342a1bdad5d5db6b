// The star in a chain, `syslog-json*4`: what it may say, and what cannot have copies.

import { copyName } from '../../lib/copies/layout.ts'
import type { Endpoint } from '../../lib/endpoint.ts'
import { Misuse } from '../../lib/errors.ts'
import type { StagePlan } from '../../lib/stage/plan.ts'

/** More processes than this on one host only wait for each other. */
const MOST = 64

/** `syslog-json*4` is syslog-json, four times; without a star there are no copies. Throws Misuse. */
export function readStar(written: string): { word: string; count?: number } {
  const [, word, digits] = /^([^*]*)\*(.*)$/s.exec(written) ?? []
  if (word === undefined) return { word: written }
  const count = /^\d{1,9}$/.test(digits!) ? Number(digits) : 0
  if (word !== '' && count >= 1 && count <= MOST) return { word, count }
  throw new Misuse(
    `${written}: behind the star stands how many copies of the daemon run, 1 to ${MOST}, as in ${word || 'syslog-json'}*4`,
  )
}

/**
 * Throws Misuse for what several processes cannot share, or would do wrong.
 *
 * @param name that of the process
 * @param label the stage as it was typed: `syslog-json*4`
 */
export function checkCopies(plan: StagePlan, name: string, label: string): void {
  const { daemon, pull, push, outputs, deadLetters, own, copies } = plan
  const ends = [...pull, ...push, ...outputs.map(({ endpoint }) => endpoint)]
  const fail = (why: string) => new Misuse(`${label}: ${why}`)
  const longest = copyName(name, plan.name, copies!.count)
  if (!/^[\w.-]{1,64}$/.test(longest))
    throw fail(`a copy is called ${longest}, which is no name: at most 64 letters, digits, dots, dashes`)
  for (const endpoint of ends) {
    if (endpoint.scheme === '-') throw fail(noStream(endpoint, label))
  }
  if (copies!.count === 1) return
  if (daemon.shape === 'filter' && daemon.hold)
    throw fail('it joins records that belong together, and those would come to different copies; run one')
  if (daemon.shape === 'source' && own.reusePort === undefined)
    throw fail('it is a source, and each copy would read or listen to the same; run one')
  if (own.reusePort === false) throw fail('copies share an address only with --reuse-port')
  for (const endpoint of ends) {
    const why = whyNotShared(endpoint, label)
    if (why) throw fail(why)
  }
  if (deadLetters?.scheme === 'file' || deadLetters?.mode === 'bind')
    throw fail('--dead-letters: copies cannot share it; leave it out, and each has a file of its own')
}

function noStream({ direction }: Endpoint, label: string): string {
  return direction === 'pull'
    ? `copies cannot share standard input; write 'relay | ${label}', or give --pull-connect ENDPOINT`
    : `copies cannot share standard output; write '${label} | relay', or give --push-connect ENDPOINT`
}

function whyNotShared({ direction, mode, scheme, address }: Endpoint, label: string): string | undefined {
  const beside = (flag: string) =>
    direction === 'pull' ? `'relay ${flag} | ${label}'` : `'${label} | relay ${flag}'`
  if (mode === 'bind')
    return `--${direction}-bind: an address is bound by one process, not by each copy; write ${beside(`--${direction}-bind …`)}, or use --${direction}-connect`
  if (scheme !== 'file') return undefined
  // When its disk is full, each would cut off what it wrote in part, and with it what another one wrote meanwhile.
  const each = direction === 'pull' ? 'each copy would read all of it' : 'copies cannot append to one file'
  return `file://${address}: ${each}; write ${beside(`--${direction}-connect file://${address}`)}`
}
