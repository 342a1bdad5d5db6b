// Dead letters go in again, as the records that they were.
import { existsSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { type Source, source } from '../lib/daemon.ts'
import { type Endpoint, isAcknowledged, parseEndpoint } from '../lib/endpoint.ts'
import { Misuse } from '../lib/errors.ts'
import { flag, flagOf, integer, repeatable, text, type Values } from '../lib/options.ts'
import { processOptions } from '../lib/process/options.ts'
import { stateFolder } from '../lib/process/place.ts'
import { runProgram } from '../lib/process/run.ts'
import type { Surroundings } from '../lib/stage/endpoints.ts'
import { optionsOf } from '../lib/stage/options.ts'
import { planStage, type StagePlan } from '../lib/stage/plan.ts'
import { atMostEvery } from '../lib/throttle.ts'
import { formatBytes } from '../lib/units.ts'
import { listLetters } from './replay/list.ts'
import { asideOf } from './replay/put-back.ts'
import type { Progress } from './replay/round.ts'
import { openSend } from './replay/send.ts'

export const summary = 'Send dead letters in again'

const options = {
  reason: repeatable(text('Only letters of this reason', undefined, 'word')),
  stage: repeatable(text('Only letters that this daemon refused', undefined, 'name')),
  attempts: integer('Leave those that were refused so often; 0: however often', '3'),
  keep: flag('Leave what is sent in the file as well'),
}

/** It is a source like any other; what it reads is known when its command line is. */
const sender = source({ summary, options, open: () => async () => {} }) as Source
const { own, links, buffer } = optionsOf(sender)
// What is dropped would be neither sent nor kept: it waits.
const { whenFull: _, ...ownBuffer } = buffer
const ownLinks = {
  ...links,
  deadLetters: text('Where refused records go (default: FILE)', undefined, 'endpoint'),
}

export async function run(args: readonly string[]): Promise<void> {
  await runProgram(
    {
      kind: 'replay',
      command: 'sluice replay',
      summary:
        `${summary}: each as the record that it was, under its id. Those that are accepted are taken out of FILE. ` +
        'Without FILE, say which there are.',
      argument: { name: '[file]', help: 'the file of dead letters' },
      examples: [
        'sluice replay',
        'sluice replay /var/lib/sluice/elasticsearch.dead.ndjson \\',
        '  --reason too-large --push-connect ack+tcp://127.0.0.1:7001',
        'sluice replay old.dead.ndjson --keep --push-connect - | less',
      ],
      groups: { Options: own, Links: ownLinks, Buffer: ownBuffer },
      plan: (flags, file, name, around) => [
        file === undefined ? planList(flags, name, around) : planSend(file, flags, name, around),
      ],
    },
    args,
  )
}

export default { summary, run }

function planSend(
  argument: string,
  flags: ReadonlyMap<string, readonly string[]>,
  name: string,
  around: Surroundings,
): StagePlan {
  const file = fileOf(argument)
  const plan = planStage(name, sender, flags, { ...process.env, SLUICE_WHEN_FULL: undefined }, around)
  const { values, push } = plan
  const { keep, ...wanted } = plan.own as Values<typeof options>
  checkPush(file, plan, around, keep)
  const daemon: Source = {
    ...sender,
    open(_own, context) {
      if (!keep && !push.every(isDurable))
        context.log.warn(
          'the other end of a plain link does not say what became of a record: letters are taken out of the file as soon ' +
            'as they are handed on. An acknowledged link (ack+tcp://…) is safe; --keep leaves them in the file',
        )
      return openSend(
        {
          file,
          keep,
          wanted: { ...wanted, maxRecord: values.maxRecord },
          most: values.maxMessage,
          progress: createProgress(),
        },
        context,
      )
    },
  }
  // What cannot be sent after all goes back to where it was.
  const home = { direction: 'push', mode: 'connect', scheme: 'file', address: file, query: {} } as const
  return { ...plan, daemon, deadLetters: plan.deadLetters ?? home }
}

/** The path as daemons write to it, whatever leads there. */
function fileOf(argument: string): string {
  const given = argument.startsWith('file://')
    ? parseEndpoint(argument, 'pull', 'connect').address
    : resolve(argument)
  if (existsSync(given)) {
    if (!statSync(given).isFile()) throw new Misuse(`${argument}: it is no file`)
    return realpathSync(given)
  }
  if (existsSync(asideOf(given))) return join(realpathSync(dirname(given)), basename(given))
  throw new Misuse(`${argument}: there is no such file; sluice replay alone says which there are`)
}

function checkPush(
  file: string,
  { push, values }: StagePlan,
  { terminal }: Surroundings,
  keep: boolean,
): void {
  if (push.some(({ scheme, address }) => scheme === 'file' && resolve(address) === file))
    throw new Misuse(`--push-connect file://${file}: it would be read and appended to at once`)
  const asked = [...(values.pushBind ?? []), ...(values.pushConnect ?? [])]
  if (terminal && !keep && asked.length === 0)
    throw new Misuse(
      'letters would be shown here and taken out of the file: say where they go with --push-connect ENDPOINT, ' +
        'or --keep to look at them only',
    )
}

function isDurable(endpoint: Endpoint): boolean {
  return endpoint.scheme === 'file' || isAcknowledged(endpoint)
}

/** Says what there is, and ends. */
function planList(
  flags: ReadonlyMap<string, readonly string[]>,
  name: string,
  around: Surroundings,
): StagePlan {
  const other = [...flags.keys()].find(key => !Object.hasOwn(processOptions, key))
  if (other !== undefined)
    throw new Misuse(`${flagOf(other)}: of which FILE? sluice replay alone says which there are`)
  const daemon = source({
    summary,
    open(_own, { log, environment }) {
      // A list is no daemon: that it is ready, and has stopped, is of no interest.
      log.level = 'warn'
      return async () => void process.stdout.write(await listLetters(stateFolder(environment)))
    },
  })
  return planStage(name, daemon, new Map(), {}, { ...around, after: 'the list' })
}

/** A line on the terminal, written anew now and then; elsewhere nothing. */
function createProgress(): (at: Progress | undefined) => void {
  const { stderr } = process
  if (!stderr.isTTY) return () => {}
  const now = atMostEvery(200)
  return at => {
    if (!at) stderr.write('\r\u001b[K')
    else if (now())
      stderr.write(`\r\u001b[K${formatBytes(at.read)} of ${formatBytes(at.size)}, ${at.accepted} accepted`)
  }
}
