import { parseArguments } from '../cli.ts'
import type { Daemon } from '../daemon.ts'
import { processOptions } from '../process/options.ts'
import { optionsOf } from '../stage/options.ts'
import { version } from '../version.ts'
import { type Flags, LINK_FOLDER } from './rights.ts'

/** Parses the flags of a daemon, as they are typed. Throws Misuse. */
export function readFlags(kind: string, daemon: Daemon, words: readonly string[]): Flags {
  const { own, links, buffer } = optionsOf(daemon)
  const groups = { Options: own, Links: links, Buffer: buffer, Process: processOptions }
  const usage = { command: `sluice-${kind}`, summary: daemon.summary, groups, version, environment: false }
  return parseArguments(usage, words).flags ?? new Map()
}

/** The link that a service takes records in by. */
export function linkOf(name: string): string {
  return `ack+ipc://${LINK_FOLDER}/${name}.ipc`
}

/**
 * What a daemon is given as a service, beside what was typed for it.
 *
 * @param state where the state folders of services are: `%S` for systemd
 */
export function defaultsFor(kind: string, name: string, daemon: Daemon, given: Flags, state: string): Flags {
  const { service = {}, shape } = daemon
  const defaults = new Map<string, readonly string[]>()
  const own = service.flags ? readFlags(kind, daemon, service.flags) : new Map<string, readonly string[]>()
  // Who says what to listen to, or what to run, says all of it.
  if (![...own.keys(), ...Object.keys(service.sockets ?? {})].some(key => given.has(key)))
    for (const [key, written] of own) defaults.set(key, written)
  const has = (...keys: string[]) => keys.some(key => given.has(key) || defaults.has(key))
  if (shape !== 'source' && !has('pullBind', 'pullConnect')) defaults.set('pullBind', [linkOf(name)])
  const splits = shape === 'filter' && daemon.outputs !== undefined
  if (shape !== 'sink' && !splits && !has('pushBind', 'pushConnect'))
    defaults.set('pushConnect', [linkOf(service.next ?? 'store')])
  if (service.spool && shape !== 'sink' && !has('spool')) defaults.set('spool', [`${state}/sluice-${name}`])
  return defaults
}
