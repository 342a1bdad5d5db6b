// Lines go in, a record each; those that belong together (a stack trace, say) come out as one record.
import { bytes, choice, filter, integer, Misuse, repeatable, text } from '../lib/index.ts'
import { formatBytes } from '../lib/units.ts'
import { Groups } from './multiline/groups.ts'
import { createKeyOf } from './multiline/key.ts'
import { readOwnRule } from './multiline/own-rule.ts'
import { PRESETS, type Preset } from './multiline/presets.ts'
import { anyOf, type Rule, ruleOf } from './multiline/rule.ts'

const NAMES = Object.keys(PRESETS) as Preset[]

export default filter({
  summary: 'Join lines that belong together, such as stack traces',
  examples: [
    "printf 'failed:\\n  at a\\n  at b\\nnext\\n' | sluice-multiline",
    "sluice-multiline --start '^\\d{4}-\\d\\d-\\d\\d ' \\\n    --pull-bind ack+tcp://127.0.0.1:7000 \\\n    --push-connect ack+tcp://127.0.0.1:7001",
  ],
  options: {
    preset: repeatable(choice('Whose lines they are', NAMES, 'indent')),
    start: text('A line that begins a record', undefined, 'pattern'),
    continue: text('A line that belongs to the one before', undefined, 'pattern'),
    unfinished: text('A line that goes on in the next one', undefined, 'pattern'),
    end: text('A line that ends a record', undefined, 'pattern'),
    groupBy: text(
      'Fields that tell whose lines they are',
      '@meta.peer, host, syslog_program, syslog_pid, process, file, stream',
      'fields',
    ),
    field: text('Field that has the line', 'message', 'name'),
    maxLines: integer('Lines that are joined at most', '1000', { min: 1 }),
    maxText: bytes('Text that is joined at most', '256KiB'),
  },
  counters: {
    joined: 'Lines that were joined with others',
    cut: 'Records that were ended by --max-lines or --max-text',
  },
  hold: { records: 10_000, timeout: '1s' },
  check(options, { maxRecord }) {
    createRule(options)
    if (options.maxText > maxRecord)
      throw new Misuse(
        `--max-text: more than a record may have; write --max-record ${formatBytes(2 * options.maxText)} as well`,
      )
  },
  service: { flags: ['--preset', 'java', '--preset', 'python'], next: 'syslog-json' },
  open(options, { hold, join, count }) {
    const groups = new Groups({
      rule: createRule(options),
      keyOf: createKeyOf(options.groupBy),
      field: options.field,
      separator: '\n',
      maxLines: options.maxLines,
      maxLength: options.maxText,
      hold,
      join,
      count,
    })
    return { filter: record => groups.filter(record), flush: tokens => groups.flush(tokens) }
  },
})

interface RuleOptions {
  preset: readonly Preset[]
  start: string | undefined
  continue: string | undefined
  unfinished: string | undefined
  end: string | undefined
}

/** Patterns of the user take the place of presets. Throws Misuse for one that is none. */
function createRule(options: RuleOptions): Rule {
  try {
    return readOwnRule(options) ?? anyOf(options.preset.map(name => ruleOf(PRESETS[name])))
  } catch (error) {
    if (error instanceof RangeError) throw new Misuse(error.message)
    throw error
  }
}
