// Records go in; they come out changed, and fewer, as a list of steps says.

import {
  atMostEvery,
  checked,
  filter,
  integer,
  Misuse,
  messageOf,
  path,
  repeatable,
  text,
} from '../lib/index.ts'
import { createCondition } from '../lib/query/index.ts'
import { readWhole } from '../lib/read-file.ts'
import { createSteps, needsKey, readSteps } from './map/steps.ts'
import { VERBS } from './map/verbs.ts'

export default filter({
  summary: 'Drop, change, redact, sample or throttle records, step by step',
  examples: [
    'echo \'{"message":"card 4111111111111111"}\' | sluice-map \\\n    --do \'redact message /\\b\\d{13,16}\\b/ with ****\'',
    'echo \'{"status":502}\' | sluice-map \\\n    --do \'set level = status >= 500 ? "error" : "info"\'',
    "sluice-map --pull-connect tcp://127.0.0.1:7001 \\\n    --push-bind tcp://127.0.0.1:7002 \\\n    --do 'drop severity>=7' --do 'rename msg message' \\\n    --do 'host:web* => dedupe host,message within 10s'",
  ],
  options: {
    do: {
      ...repeatable(text(`A step: ${[...VERBS.keys()].join(', ')}; taken in their order`, undefined, 'step')),
      separator: '\n',
    },
    steps: path('File of steps, one a line; they come before those of --do'),
    when: checked(
      text('Only for records that meet this condition; others go on as they are', '*', 'condition'),
      createCondition,
    ),
    keyFile: path('File with the secret key of hash steps: at least 16 bytes', 'secret'),
    remember: integer('Keys that a throttle or dedupe step remembers at most', '100000', { min: 1 }),
  },
  counters: {
    notSet: 'Fields that stayed as they were: no value for this record, or something else in the way',
    forgottenKeys: 'Keys that throttle and dedupe steps forgot because there were too many',
  },
  check(options) {
    readKey(options)
  },
  service: { flags: ['--do', 'drop severity>=7'] },
  open(options, { drop, acceptance, count, log }) {
    const when = options.when === '*' ? undefined : createCondition(options.when)
    const maySay = atMostEvery(60_000)
    const steps = createSteps(readSteps(options), {
      drop,
      acceptance,
      count,
      failed: (step, error) => {
        count('notSet')
        const [why] = messageOf(error).split('\n')
        if (maySay()) log.warn(`${step}: ${why}; the field stays as it was`)
      },
      key: readKey(options),
      remember: options.remember,
    })
    return when ? record => (when(record) ? steps(record) : record) : steps
  },
})

/** Short ones can be guessed. */
const LEAST_KEY = 16

function readKey(
  options: Parameters<typeof readSteps>[0] & { keyFile: string | undefined },
): Buffer | undefined {
  const { keyFile } = options
  const isNeeded = needsKey(readSteps(options))
  if (!isNeeded && keyFile === undefined) return undefined
  if (!isNeeded) throw new Misuse('--key-file is for hash steps, and there is none')
  if (keyFile === undefined)
    throw new Misuse('hash needs --key-file FILE; make one with: head -c 32 /dev/urandom | base64 > FILE')
  try {
    const key = Buffer.from(readWhole(keyFile).toString('latin1').trim(), 'latin1')
    if (key.length >= LEAST_KEY) return key
  } catch (error) {
    throw new Misuse(`--key-file ${keyFile}: ${messageOf(error)}`)
  }
  throw new Misuse(`--key-file ${keyFile}: a key has at least ${LEAST_KEY} bytes`)
}
