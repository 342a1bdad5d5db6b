import { Misuse } from './errors.ts'
import { type ListenAddress, parseListenAddress } from './systemd/listen-address.ts'
import { parseBytes, parseDuration } from './units.ts'

/**
 * An option is one value: its help, its default as a user would write it, and its parser. The flag, the
 * `SLUICE_…` variable, `--help`, the docs and the type follow from it.
 */
export interface Option<T> {
  readonly help: string
  /** What stands for the value in `--help`; a flag has none. */
  readonly value?: string
  /** As a user would write it; it goes through the same parser. */
  readonly default?: readonly string[]
  readonly choices?: readonly string[]
  /** Of a path: what the daemon does with it, which is what a service is given the right to. */
  readonly access?: Access
  /** Of a file: it is read again while the daemon runs. */
  readonly again?: boolean
  readonly repeatable?: boolean
  /** It has no flag: it is what stands behind all flags, `-- command argument …`. */
  readonly words?: boolean
  /** What stands between its values in a variable: white space, unless they may have some themselves. */
  readonly separator?: string
  /** Turns what was written, each time it was written, into the value. Throws an Error that says what is wrong. */
  parse(written: readonly string[]): T
}

/** A secret is read as well, and should be readable by nobody else. */
export type Access = 'read' | 'secret' | 'write'

export type Options = { readonly [key: string]: Option<unknown> }

/** The values of options, by their keys. */
export type Values<O extends Options> = { readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never }

/** An option that takes one value; of several, the last one counts. */
function single<T>(help: string, value: string, written: string | undefined, parse: (text: string) => T) {
  return {
    help,
    value,
    ...(written !== undefined && { default: [written] }),
    parse: (texts: readonly string[]) => (texts.length === 0 ? undefined : parse(texts[texts.length - 1]!)),
  }
}

type Single = {
  /** An option without a default may be absent. */
  (help: string, written?: undefined, value?: string): Option<string | undefined>
  (help: string, written: string, value?: string): Option<string>
}

/** Any text. */
export const text: Single = ((help: string, written?: string, value = 'text') =>
  single(help, value, written, given => given)) as Single

/** The path of a file or folder. */
export function path(help: string, access: Access = 'read'): Option<string | undefined> {
  return { ...single(help, 'path', undefined, given => given), access }
}

/** The path of a file that is read again while the daemon runs. */
export function freshPath(help: string): Option<string | undefined> {
  return { ...path(help), again: true }
}

/** One word of a list. */
export function choice<const C extends readonly string[]>(
  help: string,
  choices: C,
  written: C[number],
): Option<C[number]> {
  const parse = (given: string): C[number] => {
    if (choices.includes(given)) return given
    throw new RangeError(`"${given}" is not one of ${choices.join(', ')}`)
  }
  return { ...(single(help, 'word', written, parse) as Option<C[number]>), choices }
}

/** A whole number between `min` and `max`. */
export function integer(
  help: string,
  written: string,
  { min = 0, max = Number.MAX_SAFE_INTEGER } = {},
): Option<number> {
  return single(help, 'n', written, given => {
    const number = /^-?\d+$/.test(given) ? Number(given) : Number.NaN
    if (number >= min && number <= max) return number
    const upTo = max === Number.MAX_SAFE_INTEGER ? ` of at least ${min}` : ` from ${min} to ${max}`
    throw new RangeError(`"${given}" is not a whole number${upTo}`)
  }) as Option<number>
}

/** A size, as in `64KiB`, in bytes. */
export function bytes(help: string, written: string): Option<number> {
  return single(help, 'size', written, parseBytes) as Option<number>
}

// What a timer of Node can wait: beyond 31 bits it fires at once, and "wait for 30 days" would be "do not wait".
const LONGEST_TIMER = 2 ** 31 - 1

/** A time, as in `5s`, in milliseconds; of at most 24 days, unless `max` says that it is for no timer. */
export function duration(help: string, written: string, { max = LONGEST_TIMER } = {}): Option<number> {
  return single(help, 'time', written, given => {
    const time = parseDuration(given)
    if (time <= max) return time
    throw new RangeError(`"${given}" is too long; the most is ${Math.floor(max / 86_400_000)}d`)
  }) as Option<number>
}

/** Where to listen: `host:port`, `[v6]:port`, `:port` for all addresses; `systemd` or `systemd:NAME` for what systemd hands over. */
export function hostPort(help: string, written?: string): Option<ListenAddress | undefined> {
  return single(help, 'host:port', written, parseListenAddress)
}

const YES = ['true', '1', 'yes', 'on']
const NO = ['false', '0', 'no', 'off']

/**
 * A switch: absent is false. `--no-…` does not exist; what can be turned off is a choice of on and off. Only as a
 * variable has it a text, and `SLUICE_INSECURE=no` must not mean yes.
 */
export function flag(help: string): Option<boolean> {
  const parse = (written: readonly string[]) => {
    const given = written.at(-1)?.toLowerCase() ?? 'false'
    if (YES.includes(given) || NO.includes(given)) return YES.includes(given)
    throw new RangeError(`"${given}" is neither true nor false`)
  }
  return { help, parse }
}

/** The same option whose value must also pass `check`, which throws an Error that says what is wrong. */
export function checked<T>(option: Option<T>, check: (value: T) => unknown): Option<T> {
  const parse = (written: readonly string[]) => {
    const value = option.parse(written)
    check(value)
    return value
  }
  return { ...option, parse }
}

/** The same option any number of times. Its default counts only when it is not given at all. */
export function repeatable<T>(option: Option<T>): Option<Exclude<T, undefined>[]> {
  return {
    ...option,
    repeatable: true,
    parse: written => written.map(one => option.parse([one])) as Exclude<T, undefined>[],
  }
}

/** The words of a command line behind all flags, `-- program argument …`; a program has at most one such option. */
export function words(help: string): Option<readonly string[]> {
  return { help, value: 'command...', words: true, repeatable: true, parse: written => written }
}

/** `receiveBuffer` to `--receive-buffer`. */
export function flagOf(key: string): string {
  return `--${key.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`
}

/** What a user writes for it, in front of its value. */
export function markOf(key: string, option: Option<unknown>): string {
  return option.words ? '--' : flagOf(key)
}

/** `receiveBuffer` to `SLUICE_RECEIVE_BUFFER`. */
export function variableOf(key: string): string {
  return `SLUICE_${key.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()}`
}

/** Environment lists are split on white space, or as the option says; a value of an option that is not a list is taken as it is. */
export function fromEnvironment(options: Options, env: NodeJS.ProcessEnv): Map<string, readonly string[]> {
  const written = new Map<string, readonly string[]>()
  for (const [key, option] of Object.entries(options)) {
    const value = env[variableOf(key)]
    if (value === undefined || value.trim() === '') continue
    const values = value.split(option.separator ?? /\s/).map(one => one.trim())
    written.set(key, option.repeatable ? values.filter(Boolean) : [value])
  }
  return written
}

/** Parses what was written. Throws Misuse that names the flag (or the variable) and what is wrong with its value. */
export function readValues<O extends Options>(
  options: O,
  flags: ReadonlyMap<string, readonly string[]>,
  env: ReadonlyMap<string, readonly string[]> = new Map(),
): Values<O> {
  const values: { [key: string]: unknown } = {}
  for (const [key, option] of Object.entries(options)) {
    const written = flags.get(key) ?? env.get(key)
    const name = env.has(key) && !flags.has(key) ? variableOf(key) : markOf(key, option)
    try {
      values[key] = option.parse(written ?? option.default ?? [])
    } catch (error) {
      throw new Misuse(`${name}: ${(error as Error).message}`)
    }
  }
  return values as Values<O>
}
