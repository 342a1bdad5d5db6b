import { isLoopback, parseHostPort } from '../../lib/host-port.ts'
import type { LinkAnswer, StageAnswer } from './answer.ts'
import { type Look, nameOf } from './look.ts'

/** One end of a plain link. */
export interface End extends LinkAnswer {
  /** The name of its stage. */
  stage: string
  /** The same as long as it is the same end of the same process. */
  key: string
  /** When its process was started, epoch milliseconds. */
  started: number
  /** Whether its process holds records or waits for something, so that it may have no room for more. */
  busy: boolean
}

const isPlain = ({ endpoint }: LinkAnswer) => /^(tcp|ipc):/.test(endpoint)

const isBusy = ({ books, spools, waiting }: StageAnswer) =>
  waiting || books.held > 0 || spools.some(spool => spool.books.held > 0)

/** The ends of plain links, by their keys. */
export function endsOf({ answers }: Look): Map<string, End> {
  const ends = answers.flatMap(answer =>
    answer.stages.flatMap(stage =>
      stage.links.filter(isPlain).map(link => {
        const key = JSON.stringify([answer.name, answer.life, stage.name, link.direction, link.endpoint])
        const { started } = answer
        return { ...link, stage: nameOf(answer, stage), key, started, busy: answer.stages.some(isBusy) }
      }),
    ),
  )
  return new Map(ends.map(end => [end.key, end]))
}

/** Those that belong to one another by their addresses. */
export function groupEnds(ends: readonly End[]): End[][] {
  const groups: End[][] = []
  for (const end of ends) {
    const others = groups.filter(group => group.some(other => meet(end, other)))
    const joined = [...others.flat(), end]
    groups.splice(0, groups.length, ...groups.filter(group => !others.includes(group)), joined)
  }
  return groups
}

/** Whether two ends, of one kind of link, are at the same address, whichever way each of them goes. */
export function meet(one: LinkAnswer, other: LinkAnswer): boolean {
  const [a, b] = [addressOf(one), addressOf(other)]
  if (a === b) return true
  if (one.mode === other.mode) return false
  const [bound, connected] =
    one.mode === 'bind' ? [hostPortOf(a), hostPortOf(b)] : [hostPortOf(b), hostPortOf(a)]
  if (!bound || !connected || bound.port !== connected.port) return false
  const { host } = bound
  return host === undefined || host === connected.host || (isLoopback(host) && isLoopback(connected.host))
}

/** Without the query, and without what the ends say to each other. */
function addressOf({ endpoint }: LinkAnswer): string {
  return endpoint.replace(/\?.*$/s, '').replace(/^ack\+/, '')
}

/** Of a TCP address; without a host where it stands for all addresses. */
function hostPortOf(address: string): { host?: string; port: number } | undefined {
  if (!address.startsWith('tcp://')) return undefined
  try {
    const { host, port } = parseHostPort(address.slice('tcp://'.length).toLowerCase())
    return host === undefined || host === '0.0.0.0' || /^[0:]+$/.test(host) ? { port } : { host, port }
  } catch {
    return undefined
  }
}
