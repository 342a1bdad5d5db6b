// What a stage has to do with that is no daemon: who sends to it, where it stores.
import type { RunningStage } from '../asking/running.ts'

export interface Outside {
  name: string
  note: string
  /** Records come from there. */
  feeds: boolean
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
  return url.replace(/\/\/[^/@]*@/, '//')
}
