import { type Endpoint, formatEndpoint, parseEndpoint } from '../endpoint.ts'
import { Misuse, messageOf } from '../errors.ts'
import { flagOf, type Options } from '../options.ts'
import { memoryOptions, POLICIES, policyOption, spoolOptions } from './buffer-options.ts'
import type { StageValues } from './options.ts'

/** One of several places where a filter puts its records: an endpoint with a buffer, a policy and a spool of its own. */
export interface OutputPlan {
  /** Of its spool, and in `/status`; unique in its stage. */
  name: string
  /** As it was typed. */
  written: string
  endpoint: Endpoint
  /** Those of the stage, and what the query of the endpoint says instead. */
  values: StageValues
}

const VALUES: Options = { ...memoryOptions, ...spoolOptions, whenFull: policyOption(POLICIES, 'block') }

/** The keys of a query that belong to the output; all others are for the link. */
const KEYS: ReadonlyMap<string, string> = new Map(
  Object.keys(VALUES).map(key => [flagOf(key).slice('--'.length), key]),
)

/**
 * What a filter asks for, each endpoint once: `ack+tcp://HOST:PORT?buffer=1MiB&when-full=drop-oldest`. Throws Misuse with what to
 * type instead.
 */
export function planOutputs(written: readonly string[], values: StageValues): OutputPlan[] {
  const outputs = [...new Set(written)].map(one => planOutput(one, values))
  for (const [n, { name, endpoint, written: text }] of outputs.entries()) {
    const before = outputs.slice(0, n)
    if (before.some(other => other.endpoint.address === endpoint.address))
      throw new Misuse(`output ${text}: another one leads there too, with another query; write both the same`)
    if (before.some(other => other.name === name))
      throw new Misuse(`output ${text}: another one is called ${name} too; give one of them ?name=NAME`)
  }
  return outputs
}

function planOutput(written: string, values: StageValues): OutputPlan {
  try {
    const { bare, bind, name, own } = readQuery(written)
    const endpoint = parseEndpoint(bare, 'push', bind ? 'bind' : 'connect', values)
    return { name: name ?? nameFor(endpoint), written, endpoint, values: { ...values, ...own } }
  } catch (error) {
    const why = messageOf(error).replace(/^--push-\w+ \S+: /, '')
    const known = `; of an output: name, bind, ${[...KEYS.keys()].join(', ')}`
    throw new Misuse(`output ${written}: ${why}${why.startsWith('unknown query key') ? known : ''}`)
  }
}

/** Takes what belongs to the output out of the query. */
function readQuery(written: string) {
  const [address = '', query = ''] = written.split(/\?(.*)/s)
  const own: { [key: string]: unknown } = {}
  const others: string[] = []
  let bind = false
  let name: string | undefined
  for (const pair of query.split('&').filter(Boolean)) {
    const [key = '', value = ''] = pair.split(/=(.*)/s)
    const option = KEYS.get(key)
    if (option !== undefined) own[option] = readValue(key, option, value)
    else if (key === 'bind') bind = readBind(value)
    else if (key === 'name') name = readName(value)
    else others.push(pair)
  }
  return { bare: others.length > 0 ? `${address}?${others.join('&')}` : address, bind, name, own }
}

function readValue(key: string, option: string, value: string): unknown {
  if (value === '') throw new Misuse(`${key}= needs a value`)
  try {
    return VALUES[option]!.parse([value])
  } catch (error) {
    throw new Misuse(`${key}=${value}: ${messageOf(error)}`)
  }
}

function readBind(value: string): boolean {
  if (value !== '1') throw new Misuse(`bind=${value}: write bind=1, or leave it out`)
  return true
}

function readName(value: string): string {
  if (!/^[\w.-]{1,64}$/.test(value))
    throw new Misuse(`name=${value}: use letters, digits, dot, dash and underscore`)
  return value
}

/** From its address, so that it is the same whatever stands before it: its spool is found again. */
function nameFor(endpoint: Endpoint): string {
  if (endpoint.scheme === '-') return 'stdout'
  const { address } = endpoint
  const telling = endpoint.scheme === 'file' ? address.slice(address.lastIndexOf('/') + 1) : address
  const name = telling
    .replace(/^[a-z]+:\/\//, '')
    .replace(/[^\w.]+/g, '-')
    .replace(/^-|-$/g, '')
  if (name === '') throw new Misuse(`no name can be made of it; add ?name=NAME`)
  return name.slice(-64)
}

/** As it is typed, without what belongs to the output. */
export function formatOutput({ endpoint }: OutputPlan): string {
  return formatEndpoint(endpoint)
}
