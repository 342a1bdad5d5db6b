// What a stage has to do with that is no daemon: who sends to it, where it stores.
import type { RunningStage } from '../asking/running.ts'
import { isLoopback } from '../host-port.ts'
import type { Graph } from './graph.ts'

export interface Outside {
  name: string
  note: string
  /** Records come from there. */
  feeds: boolean
}

/**
 * The node of it: the same one for all who have to do with it.
 * @param whose of whom it is alone
 */
export function outsideNode(
  { nodes }: Graph,
  { name, note }: Pick<Outside, 'name' | 'note'>,
  { host = '', whose = '' }: { host?: string | undefined; whose?: string },
): string {
  const at = host !== '' && isEverywhere(name) ? `@${host}` : ''
  const id = `outside ${name}${at}${whose && ` ${whose}`}`
  if (!nodes.some(node => node.id === id)) nodes.push({ id, kind: 'outside', name: `${name}${at}`, note })
  return id
}

/** Whether each host has one of this name: a path, or an address that leads to itself. */
function isEverywhere(name: string): boolean {
  const [, authority = ''] = /^[\w+.-]+:\/\/([^/?#]*)/.exec(name) ?? []
  const host = authority
    .replace(/^.*@/, '')
    .replace(/:\d*$/, '')
    .replace(/^\[|\]$/g, '')
  return /^(\*|0\.0\.0\.0|[0:]*)$/.test(host) || isLoopback(host)
}

export function outsideOf(stage: RunningStage): Outside[] {
  const links = stage.links.map(({ endpoint }) => endpoint)
  const listening = stage.endpoints.filter(endpoint => !links.includes(endpoint) && endpoint !== '-')
  const isSource = stage.shape === 'source'
  const heard = listening.map(name => ({
    name,
    note: isSource ? 'senders' : /^https?:/.test(name) ? 'readers' : 'others',
    feeds: isSource,
  }))
  return [...heard, ...storesOf(stage), ...filesOf(stage)]
}

/** Where a sink writes, by the options that say so. */
function storesOf({ shape, options }: RunningStage): Outside[] {
  if (shape !== 'sink') return []
  const nodes = listOf(options['--node']).map(url => ({
    name: withoutUser(url),
    note: 'Elasticsearch',
    feeds: false,
  }))
  const stores = listOf(options['--store']).map(url => ({
    name: withoutUser(url),
    note: 'store',
    feeds: false,
  }))
  const folder = '--keep-bytes' in options ? listOf(options['--path']) : []
  return [...nodes, ...stores, ...folder.map(name => ({ name, note: 'store', feeds: false }))]
}

/** What a source reads, by the options that say so. */
function filesOf({ shape, options }: RunningStage): Outside[] {
  if (shape !== 'source') return []
  const [first, ...more] = listOf(options['--file'])
  if (first === undefined) return []
  return [{ name: more.length > 0 ? `${first} and ${more.length} more` : first, note: 'files', feeds: true }]
}

/** What stands in an answer is another program's word: a text on one line. */
function listOf(value: unknown): string[] {
  const all = Array.isArray(value) ? value : [value]
  return all
    .filter(one => typeof one === 'string')
    .slice(0, 20)
    .map(one => one.slice(0, 200).replace(/[^ -~]/g, '?'))
}

/** A name and a password in a URL are nobody's business. */
function withoutUser(url: string): string {
  // A password may have an @ that nobody wrote as %40.
  return url.replace(/\/\/[^/?#]*@/, '//')
}
