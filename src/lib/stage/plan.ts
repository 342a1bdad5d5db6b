import type { Daemon } from '../daemon.ts'
import {
  type Endpoint,
  formatEndpoint,
  isAcknowledged,
  isConfirming,
  isText,
  parseEndpoint,
  speakMsgpack,
} from '../endpoint.ts'
import { Misuse } from '../errors.ts'
import { flagOf, fromEnvironment, type Options, readValues, type Values } from '../options.ts'
import { formatBytes, parseBytes } from '../units.ts'
import { plannedEndpoints, type Surroundings } from './endpoints.ts'
import { optionsOf, type StageValues } from './options.ts'
import { type OutputPlan, planOutputs } from './output-plan.ts'

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
  const pull = daemon.shape === 'source' ? [] : plannedEndpoints('pull', values, around)
  const asked = daemon.shape === 'filter' ? daemon.outputs?.(own) : undefined
  const outputs = planOutputs(asked ?? [], values)
  const push = daemon.shape === 'sink' ? [] : plannedEndpoints('push', values, around, asked !== undefined)
  if (daemon.shape === 'filter' && daemon.msgpack) speakMsgpackOn(daemon.msgpack(own), { pull, push })
  const out = [...push, ...outputs.map(({ endpoint }) => endpoint)]
  if (values.template !== undefined && !out.some(isText))
    throw new Misuse(
      '--template: no output is text; write - or file:///PATH with ?format=text, or tcp:// or ipc:// with ?framing=text',
    )
  refuseLoops(pull, out)
  checkWindows(pull, values.buffer)
  const deadLetters = deadLettersTo(values)
  refuseUnusedKeys([...pull, ...out, ...(deadLetters ? [deadLetters] : [])], written)
  return { name, daemon, own, values, pull, push, outputs, deadLetters }
}

/** A side that is joined to a neighbour has no endpoints. */
function speakMsgpackOn(side: 'pull' | 'push', ends: { pull: Endpoint[]; push: Endpoint[] }): void {
  const speaking = ends[side].map(speakMsgpack)
  if (speaking.length === 0 || speaking.includes(true)) return
  throw new Misuse(
    side === 'pull'
      ? `--pull-connect ${formatEndpoint(ends.pull[0]!)}: no MessagePack comes from there, but from -, file:///PATH, tcp://, ipc:// and sub+…; to write it, say --encode`
      : `--push-connect ${formatEndpoint(ends.push[0]!)}: MessagePack cannot go there, but to a pipe (-), to tcp://, ipc:// and pub+…`,
  )
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
function isAnswering({ daemon }: StagePlan): boolean {
  return daemon.shape === 'source' && daemon.answers === true
}

/** Whether those who send to it are told when what they sent was accepted. */
export function hasWaitingSenders(plan: StagePlan): boolean {
  return isAnswering(plan) || plan.pull.some(isAcknowledged)
}

/**
 * Whether somebody waits for what is pushed to be accepted, so that it should not wait for company.
 *
 * @param from the stage that takes it in
 */
export function isEager(from: StagePlan, push: readonly Endpoint[], hasSpool: boolean): boolean {
  if (hasSpool) return isAnswering(from)
  return push.some(isConfirming) && hasWaitingSenders(from)
}

/** Whether anything of the stage is kept on a disk. */
export function hasSpool({ values, outputs }: Pick<StagePlan, 'values' | 'outputs'>): boolean {
  return values.spool !== undefined || outputs.some(output => output.values.spool !== undefined)
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

const KEY_USERS: readonly (readonly [string, (endpoint: Endpoint) => boolean, string])[] = [
  [
    'curveServer',
    ({ keys, query }) => keys?.server !== undefined && query['server-key'] === undefined,
    'connects by tcp without a server-key of its own',
  ],
  [
    'curveAllow',
    ({ keys, query }) => keys?.allow !== undefined && query.allow === undefined,
    'is bound by tcp without an allow of its own',
  ],
  [
    'curveKey',
    ({ keys }) => keys !== undefined,
    'is by tcp; one by ipc has keys where it says ?server-key=FILE or ?allow=FILE',
  ],
]

/** Who gives keys takes the links for encrypted. In the environment they may be for the other daemons of the host. */
function refuseUnusedKeys(
  endpoints: readonly Endpoint[],
  written: ReadonlyMap<string, readonly string[]>,
): void {
  for (const [option, isUser, who] of KEY_USERS) {
    if (written.has(option) && !endpoints.some(isUser))
      throw new Misuse(`${flagOf(option)}: it would not be used, for no link here ${who}`)
  }
}

function deadLettersTo(values: StageValues): Endpoint | undefined {
  const { deadLetters } = values
  if (deadLetters === undefined) return undefined
  const bind = /[?&]bind=1(?=&|$)/.test(deadLetters)
  try {
    const endpoint = parseEndpoint(
      deadLetters.replace(/[?&]bind=1/, ''),
      'push',
      bind ? 'bind' : 'connect',
      values,
    )
    if (isConfirming(endpoint)) return endpoint
  } catch (error) {
    throw new Misuse((error as Error).message.replace(/^--push-\w+/, '--dead-letters'))
  }
  throw new Misuse(
    `--dead-letters ${deadLetters}: only what is durable will do; write file:///PATH or ack+tcp://HOST:PORT`,
  )
}
