// Which ends of links belong together, by their addresses.
import { isLoopback, parseHostPort } from '../host-port.ts'
import type { LinkAnswer } from './answer.ts'
import { hostNamed } from './hosts.ts'

/** An end of a link. */
export interface Located extends LinkAnswer {
  /** On which host (`hostOf`). Without it, hosts are not told apart: who binds all addresses may be whom anybody connects to. */
  host?: string
}

/**
 * Those that belong to one another by their addresses. In as many steps as there are ends: a daemon that was taken over may say that
 * it has any number of them.
 */
export function groupEnds<L extends Located>(ends: readonly L[]): L[][] {
  const words = ends.map(wordsOf)
  // All who say a word that somebody seeks belong to whoever seeks it.
  const sought = new Set(words.flatMap(({ seeks }) => seeks))
  const said = new Set(words.flatMap(({ says }) => says))
  const groups = new Groups(ends.length)
  const firsts = new Map<string, number>()
  for (const [n, { says, seeks }] of words.entries())
    for (const word of [...says, ...seeks]) {
      if (!sought.has(word) || !said.has(word)) continue
      const first = firsts.get(word)
      if (first === undefined) firsts.set(word, n)
      else groups.join(first, n)
    }
  return [...Map.groupBy(ends.keys(), n => groups.of(n)).values()].map(group => group.map(n => ends[n]!))
}

/** Numbers from 0, each of which is in a group of its own until it is joined to another. */
class Groups {
  readonly #parents: number[]

  constructor(count: number) {
    this.#parents = Array.from({ length: count }, (_, n) => n)
  }

  /** The number that stands for the group of this one. */
  of(n: number): number {
    const parents = this.#parents
    let at = n
    while (parents[at] !== at) {
      // Half of the way is enough the next time.
      parents[at] = parents[parents[at]!]!
      at = parents[at]!
    }
    return at
  }

  join(one: number, other: number): void {
    this.#parents[this.of(other)] = this.of(one)
  }
}

/** Tells whether one of these is at the address of a link. */
export function meeterOf(links: readonly Located[]): (link: Located) => boolean {
  const said = new Set(links.flatMap(link => wordsOf(link).says))
  return link => wordsOf(link).seeks.some(word => said.has(word))
}

/**
 * What an end says of where it is, and what somebody at the same address says, of one kind of link and whichever way each of them
 * goes: the address; and of the other mode, the port with a host that leads there.
 */
function wordsOf(link: Located): { says: string[]; seeks: string[] } {
  const address = addressOf(link)
  const at = hostPortOf(address)
  const own = (word: string) => (link.host === undefined ? word : `${word} of ${link.host}`)
  // A path is there for each host anew.
  if (!at) return { says: [own(address)], seeks: [own(address)] }
  const { host, port } = at
  const isOwn = host === undefined || isLoopback(host)
  const here = isOwn ? own(address) : address
  const hosts = [...(isOwn ? [] : [host]), ...(isLoopback(host) ? [own('(loopback)')] : [])]
  const bound = (hosts: readonly string[]) => hosts.map(host => `bind ${port} ${host}`)
  const connected = (hosts: readonly string[]) => hosts.map(host => `connect ${port} ${host}`)
  if (link.mode === 'bind') {
    const all = host === undefined ? [own('(all)')] : hosts
    return { says: [here, ...bound(all)], seeks: [here, ...connected(all)] }
  }
  const all = isOwn || link.host === undefined ? own('(all)') : `(all) of ${hostNamed(host)}`
  return { says: [here, ...connected([...hosts, all])], seeks: [here, ...bound([...hosts, all])] }
}

/** Without the query, and without what the ends say to each other. */
function addressOf({ endpoint }: LinkAnswer): string {
  return endpoint.replace(/\?.*$/s, '').replace(/^(ack|pub|sub)\+/, '')
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
