import type { Daemon } from '../daemon.ts'
import { type Endpoint, isConfirming, isText, parseEndpoint } from '../endpoint.ts'
import { Misuse } from '../errors.ts'
import {
  bytes,
  checked,
  duration,
  flag,
  fromEnvironment,
  integer,
  type Options,
  readValues,
  repeatable,
  text,
  type Values,
} from '../options.ts'
import { parseTemplate } from '../template.ts'
import { formatBytes, parseBytes } from '../units.ts'
import { memoryOptions, POLICIES, type Policy, policyOption, spoolOptions } from './buffer-options.ts'
import { type OutputPlan, planOutputs } from './output-plan.ts'

// The options that every daemon of a shape has beside its own, so that a flag means the same in all of them.

const pulls = {
  pullBind: repeatable(text('Take records at this address', undefined, 'endpoint')),
  pullConnect: repeatable(
    text('Fetch records from this address; - is standard input', undefined, 'endpoint'),
  ),
}

const pushes = {
  pushBind: repeatable(text('Offer records at this address', undefined, 'endpoint')),
  pushConnect: repeatable(text('Send records to this address; - is standard output', undefined, 'endpoint')),
  template: checked(
    text('What a text output writes of a record, as in "{host} {message}"', undefined, 'text'),
    template => template !== undefined && parseTemplate(template),
  ),
}

/** A consumer that takes less is no peer (docs/protocol.md). */
const LEAST_MESSAGE = 1024

function notTooLittle(size: number): void {
  if (size < LEAST_MESSAGE)
    throw new RangeError(`${formatBytes(size)} is too little; the least is ${formatBytes(LEAST_MESSAGE)}`)
}

const links = {
  insecure: flag('Let links without keys be reached from other hosts'),
  maxRecord: bytes('Largest record; a larger one is a dead letter', '1MiB'),
  maxMessage: checked(bytes('Largest message on a link', '8MiB'), notTooLittle),
  deadLetters: text(
    'Where refused records go (default: NAME.dead.ndjson in the state folder)',
    undefined,
    'endpoint',
  ),
  deadLettersLimit: bytes('Size at which that file takes no more, and the daemon waits', '1GiB'),
}

/** The options of a daemon: its own, and those of its shape. */
export function optionsOf(daemon: Daemon): { own: Options; links: Options; buffer: Options } {
  const own = daemon.options ?? {}
  if (daemon.shape === 'sink') {
    return {
      own,
      links: { ...pulls, ...links },
      buffer: {
        buffer: bytes('Memory for records received and not yet durable', '64MiB'),
        batchBytes: bytes('Write when so much has come', daemon.batch.bytes),
        batchDelay: duration('Write what has come after this time', daemon.batch.delay),
      },
    }
  }
  const whenFull = daemon.shape === 'source' ? daemon.whenFull : undefined
  // Where the sender cannot be made to wait, "block" would only move the loss out of sight.
  const cannotBlock = whenFull === 'drop-newest' && !(daemon.shape === 'source' && daemon.mayBlock)
  const policies = cannotBlock ? (['drop-newest', 'drop-oldest'] as const) : POLICIES
  const hold = daemon.shape === 'filter' ? daemon.hold : undefined
  return {
    own,
    links: { ...(daemon.shape === 'filter' && pulls), ...pushes, ...links },
    buffer: {
      ...memoryOptions,
      ...spoolOptions,
      whenFull: policyOption(policies, whenFull ?? 'block'),
      ...(hold && {
        holdRecords: integer('Records held back at most', String(hold.records), { min: 1 }),
        holdTimeout: duration('Hold a record back at most so long', hold.timeout),
      }),
    },
  }
}

/** All values that the engine itself reads; those that a shape does not have are absent. */
export type StageValues = Partial<Values<typeof pulls & typeof pushes>> &
  Values<typeof links & typeof memoryOptions> &
  Partial<Values<typeof spoolOptions>> & {
    whenFull?: Policy
    holdRecords?: number
    holdTimeout?: number
  }

/** A stage as it was asked for: everything checked, nothing opened. */
export interface StagePlan {
  name: string
  daemon: Daemon
  own: Values<Options>
  values: StageValues
  pull: Endpoint[]
  push: Endpoint[]
  /** Where a filter puts records beside its push side. */
  outputs: OutputPlan[]
  deadLetters: Endpoint | undefined
  /** Where the stage is to run as several processes: how many, and what was typed for it. */
  copies?: { count: number; word: string; words: readonly string[] }
}

/** Where the stage stands: what is next to it takes the place of its endpoints. */
export interface Surroundings {
  /** The stage before or after it in the same process. */
  before?: string
  after?: string
  /** Whether standard input and output lead somewhere, and whether a person reads the output. */
  stdin: boolean
  stdout: boolean
  terminal: boolean
}

/**
 * Makes of flags and environment what the stage needs. Throws Misuse with what to type instead.
 */
export function planStage(
  name: string,
  daemon: Daemon,
  written: ReadonlyMap<string, readonly string[]>,
  env: NodeJS.ProcessEnv,
  around: Surroundings,
): StagePlan {
  const options = optionsOf(daemon)
  const engine = { ...options.links, ...options.buffer }
  const values = readValues(engine, written, fromEnvironment(engine, env)) as unknown as StageValues
  const own = readValues(options.own, written, fromEnvironment(options.own, env))
  if (values.maxRecord > values.maxMessage) {
    throw new Misuse('--max-record is larger than --max-message; a record must fit into a message')
  }
  daemon.check?.(own, { maxRecord: values.maxRecord })
  const pull = daemon.shape === 'source' ? [] : endpoints('pull', values, around)
  const asked = daemon.shape === 'filter' ? daemon.outputs?.(own) : undefined
  const outputs = planOutputs(asked ?? [], values)
  const push = daemon.shape === 'sink' ? [] : endpoints('push', values, around, asked !== undefined)
  const out = [...push, ...outputs.map(({ endpoint }) => endpoint)]
  if (values.template !== undefined && !out.some(isText))
    throw new Misuse(
      '--template: no output is text; write - or file:///PATH with ?format=text, or tcp:// or ipc:// with ?framing=text',
    )
  refuseLoops(pull, out)
  checkWindows(pull, values.buffer)
  return { name, daemon, own, values, pull, push, outputs, deadLetters: deadLettersTo(values) }
}

/**
 * What a daemon reads of itself has no end: a file that is appended to, a link that leads back. On an acknowledged one
 * each end would wait for the other's acknowledgement.
 */
function refuseLoops(pull: readonly Endpoint[], push: readonly Endpoint[]): void {
  const out = new Map(
    push.filter(({ scheme }) => scheme !== '-').map(endpoint => [endpoint.address, endpoint]),
  )
  for (const { scheme, address, mode } of pull) {
    const back = out.get(address)
    if (back && scheme === 'file')
      throw new Misuse(`file://${address}: cannot be read and appended to at once`)
    if (back && back.mode !== mode) throw new Misuse(`${address}: the daemon would read what it wrote itself`)
  }
}

/** Whether who sends to it is told what was accepted, one by one, and not only that it may go on. */
export function isAnswering({ daemon }: StagePlan): boolean {
  return daemon.shape === 'source' && daemon.answers === true
}

/** A window that is granted and cannot be held would be no bound. */
function checkWindows(pull: readonly Endpoint[], buffer: number): void {
  for (const { query } of pull) {
    if (query.window && parseBytes(query.window) * 2 > buffer)
      throw new Misuse(
        `window=${query.window}: --buffer has to be twice that, ${formatBytes(parseBytes(query.window) * 2)}`,
      )
  }
}

/** @param needsNone who has outputs may do without a push side: standard output is one only when it is asked for */
function endpoints(
  direction: 'pull' | 'push',
  values: StageValues,
  around: Surroundings,
  needsNone = false,
): Endpoint[] {
  const { insecure } = values
  const bind = (direction === 'pull' ? values.pullBind : values.pushBind) ?? []
  const dial = (direction === 'pull' ? values.pullConnect : values.pushConnect) ?? []
  const given = [
    ...bind.map(one => parseEndpoint(one, direction, 'bind', insecure)),
    ...dial.map(one => parseEndpoint(one, direction, 'connect', insecure)),
  ]
  const neighbour = direction === 'pull' ? around.before : around.after
  if (neighbour !== undefined) {
    if (given.length === 0) return []
    const flag = `--${direction}-${bind.length > 0 ? 'bind' : 'connect'}`
    const end = direction === 'pull' ? 'first stage may pull' : 'last stage may push'
    throw new Misuse(`${flag}: this stage is joined to ${neighbour} inside the process; only the ${end}`)
  }
  if (given.length === 0)
    return needsNone ? [] : [standardStream(direction, around, values.template !== undefined)]
  // tcp and ipc are one transport; anything else beside them would be another promise of delivery in one list.
  const kinds = new Set(given.map(({ scheme }) => scheme.replace('ipc', 'tcp')))
  if (direction === 'push' && kinds.size > 1) {
    throw new Misuse(
      `--push-connect: ${[...kinds].join(' and ')} cannot share one list: each batch goes to one of them`,
    )
  }
  return given
}

/** The Unix way, where the descriptor leads somewhere: under systemd a forgotten endpoint must not be the journal. */
function standardStream(direction: 'pull' | 'push', around: Surroundings, template: boolean): Endpoint {
  const usable = direction === 'pull' ? around.stdin : around.stdout
  const verb = direction === 'pull' ? 'come from' : 'go to'
  if (!usable) {
    const stream = direction === 'pull' ? 'standard input' : 'standard output'
    throw new Misuse(
      `records ${verb} nowhere: give --${direction}-bind or --${direction}-connect ENDPOINT ` +
        `(${stream} is not connected to anything; to use it all the same, write --${direction}-connect -)`,
    )
  }
  const pretty = direction === 'push' && around.terminal
  const format = direction === 'push' && template ? '?format=text' : pretty ? '?format=pretty' : ''
  return parseEndpoint(`-${format}`, direction, 'connect')
}

function deadLettersTo({ deadLetters, insecure }: StageValues): Endpoint | undefined {
  if (deadLetters === undefined) return undefined
  const bind = /[?&]bind=1(?=&|$)/.test(deadLetters)
  try {
    const endpoint = parseEndpoint(
      deadLetters.replace(/[?&]bind=1/, ''),
      'push',
      bind ? 'bind' : 'connect',
      insecure,
    )
    if (isConfirming(endpoint)) return endpoint
  } catch (error) {
    throw new Misuse((error as Error).message.replace(/^--push-\w+/, '--dead-letters'))
  }
  throw new Misuse(
    `--dead-letters ${deadLetters}: only what is durable will do; write file:///PATH or ack+tcp://HOST:PORT`,
  )
}
