import { Command, type CommanderError, Option as Flag, Help } from 'commander'
import { Misuse } from './errors.ts'
import { flagOf, markOf, type Option, type Options } from './options.ts'

/** A command line as a value: what `--help` shows and what is accepted. */
export interface Usage {
  /** As it is typed: `sluice-syslog-udp`. */
  command: string
  summary: string
  /** Options under their headings, in the order of the help. */
  groups: { readonly [heading: string]: Options }
  /** Words that are not options: `'<chain>'`, and what to type where they are more. */
  argument?: { name: string; help: string; tooMany?: string }
  examples?: readonly string[]
  version: string
  /** Whether `SLUICE_…` variables count here (not for the stages of `run`). */
  environment: boolean
}

/** What was typed: either something to print and be done, or the flags, each as often as it was given. */
export type Typed =
  | { print: string; flags?: undefined; words?: undefined }
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
  const words = wordsIn(usage)
  const isHelp = args.length === 1 && args[0] === 'help' && !words
  try {
    command.parse(isHelp ? ['--help'] : args, { from: 'user' })
  } catch (error) {
    const { code, message } = error as CommanderError
    if (code === 'commander.helpDisplayed' || code === 'commander.version') return { print: printed }
    const why =
      code === 'commander.excessArguments' ? tooMany(usage, command.args) : message.replace(/^error: /, '')
    throw new Misuse(`${why.replace(/\n/g, ' ')} (see ${usage.command} --help)`)
  }
  const [key] = words ?? []
  if (key !== undefined && command.args.length > 0) flags.set(key, command.args)
  return { flags, argument: command.args[0], words: command.args }
}

/** What is to be typed in the place of words that nobody takes. */
function tooMany({ argument, groups }: Usage, args: readonly string[]): string {
  if (argument?.tooMany !== undefined) return argument.tooMany
  if (argument) return `"${args[1]}" is a word too many`
  const hasFile = Object.values(groups).some(options => 'file' in options)
  return `"${args[0]}": ${hasFile ? `write --file ${args[0]}` : 'it takes no words, only options'}`
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
    .configureHelp({ showGlobalOptions: false, boxWrap: wrap })
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

/** Stands for a space that is no place to begin a new line. */
const FIXED = '\ue000'

/** Breaks lines, but not within quotes: what stands there is to be typed as it is. */
function wrap(this: Help, text: string, width: number): string {
  const fixed = text.replace(/"[^"\n]*"|(?<![\w])'[^'\n]*'(?!\w)/g, quoted => quoted.replaceAll(' ', FIXED))
  return Help.prototype.boxWrap.call(this, fixed, width).replaceAll(FIXED, ' ')
}

function footer({ examples, environment }: Usage): string[] {
  const variables =
    'Each option may be a variable instead, --log-level is SLUICE_LOG_LEVEL, or a\nline of the file of --config: log-level debug'
  return [
    ...(examples?.length ? [`Examples:\n${examples.join('\n').replace(/^/gm, '  ')}`] : []),
    ...(environment ? [variables] : []),
  ]
}

/** As it is shown; nothing where it is empty, or where the help itself says in words what it is. */
function defaultOf({ help, default: written = [] }: Option<unknown>): string {
  const shown = written.join(' ')
  return shown === '' || help.includes('(default: ') ? '' : `default: ${shown}`
}

function createFlag(key: string, option: Option<unknown>, flags: Map<string, string[]>): Flag {
  const name = option.value === undefined ? flagOf(key) : `${flagOf(key)} <${option.value}>`
  const notes = [
    option.choices ? option.choices.join(', ') : '',
    option.repeatable ? 'repeatable' : '',
    defaultOf(option),
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
