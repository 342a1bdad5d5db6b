import type { Daemon } from '../daemon.ts'
import {
  bytes,
  checked,
  duration,
  flag,
  freshPath,
  integer,
  type Options,
  path,
  repeatable,
  text,
  type Values,
} from '../options.ts'
import { parseTemplate } from '../template.ts'
import { formatBytes } from '../units.ts'
import { memoryOptions, POLICIES, type Policy, policyOption, spoolOptions } from './buffer-options.ts'

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
  curveKey: path('Own keys of links, as sluice keygen makes them: tcp links are encrypted', 'secret'),
  curveServer: freshPath('Public key of those that are connected to; ?server-key=FILE is for one'),
  curveAllow: freshPath('Who may connect: a line KEY NAME for each; ?allow=FILE is for one link'),
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
