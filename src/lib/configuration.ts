import type { Usage } from './cli.ts'
import { Misuse, messageOf } from './errors.ts'
import { nearestOf } from './nearest.ts'
import { flagOf, markOf, type Option } from './options.ts'
import { readQuoted, splitWords } from './words.ts'

// A configuration file: one option a line, `listen :514` or `--listen :514`.

/** What a file says: as a command line would, and in which line. */
export interface Configuration {
  readonly flags: Map<string, string[]>
  /** The word that is no option: the chain of `sluice run`. */
  readonly argument?: string
}

interface Line {
  number: number
  text: string
}

/** These are about the command line, or about the file itself. */
const NOT_HERE: { readonly [key: string]: string } = {
  config: 'a configuration file does not name another one',
  check: 'to check is asked for on the command line',
}

/**
 * Reads the text of a configuration file. Throws Misuse that names file and line, and what to write instead.
 * @param usage what may stand on the command line
 */
export function readConfiguration(text: string, file: string, usage: Usage): Configuration {
  const options = Object.assign({}, ...Object.values(usage.groups)) as { [key: string]: Option<unknown> }
  const reader = new Reader(options, usage)
  for (const line of linesOf(text)) {
    try {
      reader.read(line)
    } catch (error) {
      throw new Misuse(`${file}:${line.number}: ${messageOf(error)}`)
    }
  }
  return reader
}

class Reader implements Configuration {
  readonly flags = new Map<string, string[]>()
  argument?: string
  readonly #options: { readonly [key: string]: Option<unknown> }
  readonly #command: string
  /** What the word that is no option is called: `chain`. */
  readonly #word: string | undefined
  /** Where an option stood that may stand only once. */
  readonly #lines = new Map<string, number>()

  constructor(options: { readonly [key: string]: Option<unknown> }, usage: Usage) {
    this.#options = options
    this.#command = usage.command
    this.#word = usage.argument?.name.replace(/[^a-z-]/g, '')
  }

  read({ text, number }: Line): void {
    const [, written = '', rest = ''] = /^([^\s=]*)(?:=|\s+|$)(.*)$/s.exec(text)!
    const name = written.replace(/^--(?=.)/, '')
    const key = Object.keys(this.#options).find(key => nameOf(key, this.#options[key]!) === name)
    if (name === this.#word) this.#readArgument(name, rest, number)
    else if (key === undefined) throw new Misuse(this.#unknown(name))
    else if (NOT_HERE[key]) throw new Misuse(`${name}: ${NOT_HERE[key]}`)
    else this.#readOption(key, name, rest, number)
  }

  #readArgument(name: string, rest: string, number: number): void {
    this.#once(name, number)
    if (rest === '') throw new Misuse(`${name}: behind it stands what it is`)
    this.argument = valueIn(rest)
  }

  #readOption(key: string, name: string, rest: string, number: number): void {
    const option = this.#options[key]!
    if (option.words || !option.repeatable) this.#once(name, number)
    if (option.words) {
      this.flags.set(key, splitWords(rest))
      return
    }
    if (rest === '' && option.value !== undefined)
      throw new Misuse(`${name}: write a value behind it: ${name} <${option.value}>`)
    const value = rest === '' ? 'true' : valueIn(rest)
    try {
      // Later it would be known by its flag only, which nobody has typed.
      option.parse([value])
    } catch (error) {
      throw new Misuse(`${name}: ${messageOf(error)}`)
    }
    this.flags.set(key, [...(this.flags.get(key) ?? []), value])
  }

  #once(name: string, number: number): void {
    const before = this.#lines.get(name)
    if (before !== undefined) throw new Misuse(`${name}: it stands in line ${before} already`)
    this.#lines.set(name, number)
  }

  #unknown(name: string): string {
    const names = Object.entries(this.#options).map(([key, option]) => nameOf(key, option))
    const near = nearestOf(name, this.#word === undefined ? names : [...names, this.#word])
    const meant = near === undefined ? '' : ` (Did you mean ${near}?)`
    return `unknown option '${name}'${meant} (see ${this.#command} --help)`
  }
}

function nameOf(key: string, option: Option<unknown>): string {
  return option.words ? markOf(key, option) : flagOf(key).slice(2)
}

/** Lines that say something; one that ends in a backslash goes on in the next. */
function* linesOf(text: string): Generator<Line> {
  let begun: Line | undefined
  for (const [n, raw] of text.split(/\r?\n/).entries()) {
    const trimmed = raw.trim()
    if (!begun && (trimmed === '' || trimmed.startsWith('#'))) continue
    const goesOn = trimmed.endsWith('\\')
    const part = goesOn ? trimmed.slice(0, -1).trimEnd() : trimmed
    const line: Line = begun
      ? { number: begun.number, text: `${begun.text} ${part}` }
      : { number: n + 1, text: part }
    begun = goesOn ? line : undefined
    if (!goesOn) yield line
  }
  if (begun) yield begun
}

/** The rest of a line. Quotes around all of it are taken off as a shell does; within it they are what they are. */
function valueIn(rest: string): string {
  if (rest.startsWith("'") || rest.startsWith('"')) {
    const { text, end } = readQuoted(rest, 0)
    if (end === rest.length - 1) return text
  } else if (/\s#/.test(rest))
    throw new Misuse(
      `"${rest}": a comment stands on a line of its own; if this is none, write quotes around the value`,
    )
  return rest
}
