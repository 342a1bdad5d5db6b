// Entries of the systemd journal go in, one record an entry comes out: its syslog fields by the names that they have everywhere,
// all others under "journal".
import { ErrorLog, findCommand, inherited } from '../lib/children/index.ts'
import { checked, choice, Fatal, flag, Misuse, path, repeatable, source, text } from '../lib/index.ts'
import { matcher } from '../lib/wildcards.ts'
import {
  checkMatch,
  checkPriority,
  lastEntryArguments,
  readingArguments,
  type Selection,
} from './journal/arguments.ts'
import { unwanted } from './journal/chosen.ts'
import { parseEntry } from './journal/entry.ts'
import { Journalctl } from './journal/journalctl.ts'
import { Reading, readingCounters } from './journal/reading.ts'
import { entryRecord } from './journal/record.ts'
import { bootId, machineId, self } from './journal/surroundings.ts'

export default source({
  summary: 'Read the systemd journal',
  examples: [
    'sluice-journal --push-connect ack+tcp://store.example:7000',
    "sluice-journal --unit sshd.service --unit 'postfix*' --priority warning",
    'sluice-journal --directory /var/lib/machines/web1/var/log/journal --once',
  ],
  options: {
    from: choice('Where to begin, at the very first start', ['beginning', 'boot', 'end'], 'beginning'),
    once: flag('Read to the end of the journal, then end'),
    unit: repeatable(
      text('Only what is of this unit, or of those that match, or about them', undefined, 'name'),
    ),
    identifier: repeatable(text('Only what has this syslog identifier', undefined, 'name')),
    priority: checked(
      text('Only what is as bad as this or worse, or in a range, as err..alert', undefined, 'word'),
      checkPriority,
    ),
    match: repeatable(
      checked(
        text('Only what has this; several of one field are alternatives', undefined, 'FIELD=VALUE'),
        written => checkMatch(written ?? ''),
      ),
    ),
    excludeUnit: {
      ...repeatable(
        text('Not what is of units that match; by default, of the suite itself', undefined, 'pattern'),
      ),
      default: ['sluice-*.service'],
    },
    fields: {
      ...repeatable(text("Further fields that are kept, under journal; '' for none", undefined, 'pattern')),
      default: ['*'],
    },
    schema: choice(
      'Names of the fields: classic syslog, or Elastic Common Schema',
      ['classic', 'ecs'],
      'classic',
    ),
    directory: path('Read the journals in this folder instead of those of this machine'),
    file: repeatable(path('Read these files, which may be a pattern')),
    merge: flag('Read what is here of other machines as well'),
    journalctl: text('The program that reads', 'journalctl', 'program'),
  },
  counters: {
    ...readingCounters,
    restarts: 'Times that journalctl ended and was started again',
  },
  keepsPlace: true,
  check({ directory, file }) {
    if (directory !== undefined && file.length > 0)
      throw new Misuse('--directory and --file: only one of them')
  },
  service: {
    groups: ['systemd-journal'],
    reads: ['/var/log/journal', '/run/log/journal', '/etc/machine-id'],
    kernel: true,
  },
  async open(options, context) {
    const { from, once, schema } = options
    const environment = inherited(context.environment)
    const [program] = findCommand([options.journalctl], environment) as [string]
    const errors = new ErrorLog(context.log)
    context.defer(() => errors.close())
    const journalctl = new Journalctl({ program, environment, errors, context })
    const selection = { ...options, machine: machineId() }
    // Before it is ready: what comes after that is read.
    const end = from === 'end' ? await lastCursor(journalctl, selection, context.signal) : undefined
    return async feed => {
      const place = await feed.checkpoint('cursor')
      const kept = typeof place.position === 'string' ? place.position : undefined
      const boot = from === 'boot' ? bootId() : undefined
      const cursor = kept ?? end
      if (kept === undefined && end !== undefined) feed.emit([], { checkpoint: place, position: end })
      const record = { schema, keeps: matcher(options.fields), mint: context.id }
      const reading = new Reading({
        ...{ context, feed, place, cursor },
        unwanted: unwanted(self(context.environment), options.excludeUnit),
        toRecord: entry => entryRecord(entry, record),
      })
      const words = () => readingArguments(selection, { cursor: reading.begin(), boot, once })
      if (once) await journalctl.readAll(words(), reading, feed.signal)
      else await journalctl.follow(words, reading, feed.signal)
    }
  },
})

/** Of the last entry that is there; undefined where there is none. Throws Fatal where journalctl does not say it. */
async function lastCursor(journalctl: Journalctl, selection: Selection, signal: AbortSignal) {
  const said: string[] = []
  const line = (text: string) => {
    if (!text.startsWith('-- ')) said.push(text)
  }
  await journalctl.readAll(lastEntryArguments(selection), { line, taken: () => undefined }, signal)
  return said.map(cursorOf).at(-1)
}

function cursorOf(text: string): string {
  try {
    const { __CURSOR: cursor } = parseEntry(text)
    if (typeof cursor === 'string') return cursor
  } catch {}
  throw new Fatal(`--from end: journalctl does not say where the last entry is: ${text.slice(0, 100)}`)
}
