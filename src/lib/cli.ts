import { Command, type CommanderError, Option as Flag } from 'commander'
import { Misuse } from './errors.ts'
import { flagOf, markOf, type Option, type Options } from './options.ts'

/** A command line as a value: what `--help` shows and what is accepted. */
export interface Usage {
  /** As it is typed: `sluice-syslog-udp`. */
  command: string
  summary: string
  /** Options under their headings, in the order of the help. */
  groups: { readonly [heading: string]: Options }
  /** Words that are not options: `'<chain>'`. */
  argument?: { name: string; help: string }
  examples?: readonly string[]
  version: string
  /** Whether `SLUICE_…` variables count here (not for the stages of `run`). */
  environment: boolean
}

/** What was typed: either something to print and be done, or the flags, each as often as it was given. */
export type Typed =
  | { print: string }
  | {
      print?: undefined
      flags: ReadonlyMap<string, readonly string[]>
      /** The first word that is no option, and all of them where the usage takes several: `'[address...]'`. */
      argument: string | undefined
      words: readonly string[]
    }

/** Parses the words of a command line. Throws Misuse for what it does not know, with a suggestion. */
export function parseArguments(usage: Usage, args: readonly string[]): Typed {
  const flags = new Map<string, string[]>()
  let printed = ''
  const command = createCommand(usage, flags, text => {
    printed += text
  })
  try {
    command.parse(args, { from: 'user' })
  } catch (error) {
    const { code, message } = error as CommanderError
    if (code === 'commander.helpDisplayed' || code === 'commander.version') return { print: printed }
    throw new Misuse(`${message.replace(/^error: /, '').replace(/\n/g, ' ')} (see ${usage.command} --help)`)
  }
  const [key] = wordsIn(usage) ?? []
  if (key !== undefined && command.args.length > 0) flags.set(key, command.args)
  return { flags, argument: command.args[0], words: command.args }
}

/** The option that takes the words behind the flags. */
function wordsIn({ groups }: Usage): [key: string, option: Option<unknown>] | undefined {
  return Object.values(groups)
    .flatMap(options => Object.entries(options))
    .find(([, option]) => option.words)
}

function createCommand(usage: Usage, flags: Map<string, string[]>, print: (text: string) => void): Command {
  const command = new Command(usage.command)
    .description(usage.summary)
    .usage(usage.argument ? `[options] ${usage.argument.name}` : '[options]')
    .helpOption('-h, --help', 'Show this')
    .version(usage.version, '-V, --version', 'Show the version')
    .exitOverride()
    .configureOutput({ writeOut: print, writeErr: () => {}, getOutHelpWidth: () => 80 })
    .configureHelp({ showGlobalOptions: false })
    .allowExcessArguments(false)
  if (usage.argument) command.argument(usage.argument.name, usage.argument.help)
  for (const [heading, options] of Object.entries(usage.groups)) {
    for (const [key, option] of Object.entries(options)) {
      if (!option.words) command.addOption(createFlag(key, option, flags).helpGroup(`${heading}:`))
    }
  }
  const [key, words] = wordsIn(usage) ?? []
  if (words) takeWords(command, key!, words)
  for (const note of footer(usage)) command.addHelpText('after', `\n${note}`)
  return command
}

/** From the first word on all belongs to the command, its flags too; `--` says where that is. */
function takeWords(command: Command, key: string, words: Option<unknown>): void {
  command
    .usage(`[options] ${markOf(key, words)} ${words.value!.replace('...', ' [argument...]')}`)
    .argument(`[${words.value}]`, words.help)
    .passThroughOptions()
}

function footer({ examples, environment }: Usage): string[] {
  const variables = 'Each option may be a variable instead: --log-level is SLUICE_LOG_LEVEL.'
  return [
    ...(examples?.length ? [`Examples:\n${examples.map(example => `  ${example}`).join('\n')}`] : []),
    ...(environment ? [variables] : []),
  ]
}

function createFlag(key: string, option: Option<unknown>, flags: Map<string, string[]>): Flag {
  const name = option.value === undefined ? flagOf(key) : `${flagOf(key)} <${option.value}>`
  const notes = [
    option.choices ? option.choices.join(', ') : '',
    option.repeatable ? 'repeatable' : '',
    option.default === undefined ? '' : `default: ${option.default.join(' ')}`,
  ].filter(Boolean)
  const flag = new Flag(name, notes.length > 0 ? `${option.help} (${notes.join('; ')})` : option.help)
  const note = (text: string) => {
    const list = flags.get(key)
    if (list) list.push(text)
    else flags.set(key, [text])
    return text
  }
  // A switch has no text of its own; commander tells of it by an event only.
  if (option.value === undefined) flag.preset('true')
  return flag.argParser(note)
}
