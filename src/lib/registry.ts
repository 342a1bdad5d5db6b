import { existsSync, readdirSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { basename, extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Daemon, Sink } from './daemon.ts'
import { Misuse, messageOf } from './errors.ts'
import { flagOf } from './options.ts'
import { processOptions } from './process/options.ts'
import { optionsOf } from './stage/options.ts'

// The folders are the registry: a file in daemons/ is a program, a file in commands/ a `sluice` command. They
// hold .ts files in a checkout and .js files in a package.

/** A `sluice` command: `sluice run`. */
export interface CommandModule {
  summary: string
  /** Runs it as this process. */
  run(args: readonly string[]): Promise<void>
}

const SHAPES: Daemon['shape'][] = ['source', 'filter', 'sink']

const folderOf = (kind: 'daemons' | 'commands') => new URL(`../${kind}/`, import.meta.url)

/** Names of what is in a folder, in alphabetical order. */
export function namesIn(kind: 'daemons' | 'commands'): string[] {
  return readdirSync(folderOf(kind))
    .filter(file => /^[a-z0-9-]+\.[jt]s$/.test(file))
    .map(file => file.replace(/\.[jt]s$/, ''))
    .sort()
}

/** Whether a word is the path of somebody's own daemon: a name has neither a slash nor an extension. */
export function isPath(word: string): boolean {
  return word.includes('/') || ['.ts', '.mts', '.js', '.mjs'].includes(extname(word))
}

/** The name of a daemon by its word: `syslog-udp`, or `redact` for ./redact.ts. */
export function nameOf(word: string): string {
  return isPath(word) ? basename(word, extname(word)) : word
}

/** A daemon of the suite by its name, or anybody's by its path. Throws Misuse when there is none. */
export async function loadDaemon(word: string): Promise<Daemon> {
  if (isPath(word)) return loadOwn(word)
  if (!namesIn('daemons').includes(word)) {
    throw new Misuse(
      `there is no daemon "${word}"; there are ${namesIn('daemons').join(', ')}, or ./YOURS.ts`,
    )
  }
  return ((await import(moduleIn('daemons', word))) as { default: Daemon }).default
}

/** All daemons of the suite, in the order in which they stand in a chain, and then of their names. */
export async function loadDaemons(): Promise<{ name: string; daemon: Daemon }[]> {
  const daemons = await Promise.all(
    namesIn('daemons').map(async name => ({ name, daemon: await loadDaemon(name) })),
  )
  return SHAPES.flatMap(shape => daemons.filter(({ daemon }) => daemon.shape === shape))
}

export async function loadCommand(name: string): Promise<CommandModule> {
  return ((await import(moduleIn('commands', name))) as { default: CommandModule }).default
}

function moduleIn(kind: 'daemons' | 'commands', name: string): string {
  return new URL(`${name}${extname(import.meta.url)}`, folderOf(kind)).href
}

async function loadOwn(path: string): Promise<Daemon> {
  if (!existsSync(path)) throw new Misuse(`${path}: there is no such file`)
  shareLibrary()
  let module: { default?: Partial<Daemon> }
  try {
    module = await import(pathToFileURL(resolve(path)).href)
  } catch (error) {
    throw new Misuse(`${path}: ${messageOf(error).replace(/\s+/g, ' ')}`)
  }
  const fault = faultOf(module.default)
  if (fault !== undefined) throw new Misuse(`${path}: ${fault}`)
  return module.default as Daemon
}

/** What is wrong with somebody's own daemon: nothing has checked its types. */
function faultOf(daemon: Partial<Daemon> | undefined): string | undefined {
  const { shape, open, summary, options = {} } = daemon ?? {}
  if (!SHAPES.includes(shape!))
    return "its default export must be source({…}), filter({…}) or sink({…}) from 'sluice'"
  if (typeof open !== 'function') return 'it has no function `open`'
  if (typeof summary !== 'string') return 'it has no `summary`, the line at the head of its --help'
  if (shape === 'sink' && !(daemon as Partial<Sink>).batch)
    return 'a sink states its `batch`: bytes, delay, concurrency'
  const { links, buffer } = optionsOf(daemon as Daemon)
  const taken = Object.keys(options).find(
    key => key in { ...links, ...buffer, ...processOptions, help: 0, version: 0 },
  )
  return taken && `its option ${flagOf(taken)} is one that every daemon has; call it something else`
}

/** `import 'sluice'` in somebody's own daemon is this very package, wherever it is installed. */
function shareLibrary(): void {
  const library = new URL(`./index${extname(import.meta.url)}`, import.meta.url).href
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'sluice' ? { url: library, shortCircuit: true } : next(specifier, context),
  })
}
