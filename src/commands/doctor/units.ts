import { basename } from 'node:path'
import type { Setup } from './setup.ts'
import { resolveSpecifiers, unitName } from './specifiers.ts'

// Units of systemd (systemd.unit(5), systemd.service(5)), as far as they say how a daemon is started.

interface Pair {
  key: string
  value: string
}

/**
 * What a unit runs, where that is a daemon of Sluice. Undefined for others, and for templates: those run nothing themselves.
 * @param path of its file
 */
export function setupOfUnit(path: string, text: string): Setup | undefined {
  const pairs = pairsIn(text)
  const name = unitName(basename(path))
  if (/@\.service$/.test(name.whole)) return undefined
  const last = (key: string) => pairs.findLast(pair => pair.key === key)?.value
  const credentials = credentialsIn(pairs)
  const expand = (word: string) => resolveSpecifiers(word, name, credentials)
  const line = last('ExecStart')?.replace(/^[-@:+!|]+/, '') ?? ''
  // A sign that is doubled is one, on a command line alone.
  const words = wordsIn(line).map(word => expand(word).replaceAll('$$', '$'))
  const at = words.findIndex(word => /^sluice(-[\w-]+)?$/.test(basename(word)))
  if (at < 0) return undefined
  const called = basename(words[at]!)
  const own = called === 'sluice' ? [] : [called.slice('sluice-'.length)]
  return {
    origin: path,
    words: [...own, ...words.slice(at + 1)],
    env: { ...foldersIn(pairs, expand), ...variablesIn(pairs, expand) },
    cwd: expand(last('WorkingDirectory') ?? '/'),
    mayBindLow: mayBindLow(pairs),
  }
}

/** The last line counts; one without a value forgets those before it. */
export function pairsIn(text: string): Pair[] {
  const pairs: Pair[] = []
  for (const line of text.replace(/\\\n\s*/g, ' ').split('\n')) {
    const [, key, value] = /^\s*([A-Za-z]+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (key !== undefined) pairs.push({ key, value: value! })
  }
  return pairs
}

const ESCAPES: { readonly [letter: string]: string } = {
  ...{ n: '\n', t: '\t', r: '\r', s: ' ', a: '\u0007', b: '\b', f: '\f', v: '\v' },
  ...{ '\\': '\\', '"': '"', "'": "'" },
}

/** Words as systemd splits them (systemd.syntax(7), "Quoting"): both kinds of quotes, and the escapes of C in them and outside. */
function wordsIn(text: string): string[] {
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!
    if (c === '\\') {
      const [all, hex] = /^\\x([\da-f]{2})/i.exec(text.slice(i, i + 4)) ?? []
      const meant = hex ? String.fromCharCode(Number.parseInt(hex, 16)) : ESCAPES[text[i + 1] ?? '']
      word = (word ?? '') + (meant ?? c)
      if (meant !== undefined) i += hex ? all!.length - 1 : 1
    } else if (c === quote) quote = ''
    else if (quote === '' && (c === '"' || c === "'")) {
      quote = c
      word ??= ''
    } else if (quote === '' && /\s/.test(c)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + c
  }
  return word === undefined ? words : [...words, word]
}

const FOLDERS = [
  ['ConfigurationDirectory', 'CONFIGURATION_DIRECTORY', '/etc'],
  ['StateDirectory', 'STATE_DIRECTORY', '/var/lib'],
  ['RuntimeDirectory', 'RUNTIME_DIRECTORY', '/run'],
] as const

/** Several folders are one list, joined by colons (systemd.exec(5)); what stands behind a colon of each is a link to it. */
function foldersIn(pairs: readonly Pair[], expand: (word: string) => string): NodeJS.ProcessEnv {
  const given = FOLDERS.flatMap(([key, variable, above]) => {
    const values = pairs.filter(pair => pair.key === key).map(({ value }) => value)
    const words = values.slice(values.lastIndexOf('') + 1).flatMap(wordsIn)
    const folders = words.map(word => `${above}/${expand(word).split(':')[0]}`)
    return folders.length > 0 ? [[variable, folders.join(':')]] : []
  })
  return Object.fromEntries(given)
}

function variablesIn(pairs: readonly Pair[], expand: (word: string) => string): NodeJS.ProcessEnv {
  const lines = pairs.filter(({ key }) => key === 'Environment').flatMap(({ value }) => wordsIn(value))
  return Object.fromEntries(
    lines.map(line => {
      const [name = '', value = ''] = line.split(/=(.*)/s)
      return [name, expand(value)]
    }),
  )
}

/** Paths by the names that they have in the folder of credentials. */
function credentialsIn(pairs: readonly Pair[]): Map<string, string> {
  const given = pairs.filter(({ key }) => key === 'LoadCredential')
  return new Map(
    given.map(({ value }) => {
      const [name = '', path = ''] = value.split(/:(.*)/s)
      return [name, path]
    }),
  )
}

/** Root may, and who is given the right. */
function mayBindLow(pairs: readonly Pair[]): boolean {
  const has = (key: string, wanted: RegExp) => pairs.some(pair => pair.key === key && wanted.test(pair.value))
  if (has('AmbientCapabilities', /CAP_NET_BIND_SERVICE/)) return true
  return !has('DynamicUser', /^(yes|true|1|on)$/i) && !has('User', /^(?!root$|0$)./)
}
