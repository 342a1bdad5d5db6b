import { isUtf8 } from 'node:buffer'
import { closeSync, fstatSync, readSync, realpathSync, type Stats, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Usage } from '../cli.ts'
import { type Configuration, readConfiguration } from '../configuration.ts'
import { codeOf, Misuse, systemMessageOf } from '../errors.ts'
import { fromEnvironment, readValues } from '../options.ts'
import { openToRead } from '../read-file.ts'
import { processOptions } from './options.ts'

/** Bytes of a configuration file: a hundred times what anybody writes by hand. */
const MOST = 2 ** 20

export type ConfiguredUsage = Usage & {
  /** What the file is called where there is no --name: `syslog-udp`. */
  kind: string
}

export interface Typed {
  flags: ReadonlyMap<string, readonly string[]>
  argument: string | undefined
}

export interface Configured extends Typed {
  /** The configuration file that was read. */
  path?: string | undefined
}

/**
 * What was typed, and what the file of --config says of the rest, else NAME.conf in $CONFIGURATION_DIRECTORY where it is there.
 * Throws Misuse for a file that cannot be read, for one that others may write, and for what is wrong in it.
 */
export function configure(usage: ConfiguredUsage, typed: Typed, env: NodeJS.ProcessEnv): Configured {
  const { config, name } = processOptions
  const asked = readValues({ config, name }, typed.flags, fromEnvironment({ config, name }, env))
  // systemd gives several folders as one list, joined by colons (systemd.exec(5)).
  const folder = env.CONFIGURATION_DIRECTORY?.split(':')[0]
  const path = asked.config ?? (folder && join(folder, `${asked.name ?? usage.kind}.conf`))
  const { flags, argument } = readFrom(path, asked.config !== undefined, usage) ?? {}
  if (!flags) return typed
  return { path, flags: new Map([...flags, ...typed.flags]), argument: typed.argument ?? argument }
}

/** Undefined where there is no such file, and nobody has named it. */
function readFrom(path: string | undefined, isAsked: boolean, usage: Usage): Configuration | undefined {
  const bytes = path === undefined ? undefined : readFile(path, isAsked)
  if (path === undefined || bytes === undefined) return undefined
  const strange = strangeIn(bytes)
  if (strange) throw new Misuse(`${path}:${lineOf(bytes, strange.at)}: ${strange.what}`)
  return readConfiguration(bytes.toString().replace(/^\ufeff/, ''), path, usage)
}

/** Undefined where there is no such file, and nobody has named it. */
function readFile(path: string, isAsked: boolean): Buffer | undefined {
  let fd: number
  try {
    fd = openToRead(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT' && !isAsked) return undefined
    throw cannotRead(path, codeOf(error) === 'ENOENT' ? 'there is no such file' : systemMessageOf(error))
  }
  try {
    // Of the open file: its name may lead to another one by now.
    const stat = fstatSync(fd)
    refuseStrangers(path, stat)
    if (stat.isFile() && process.geteuid?.() === 0) refuseFolders(path)
    return readAll(fd)
  } catch (error) {
    throw error instanceof Misuse ? error : cannotRead(path, systemMessageOf(error))
  } finally {
    closeSync(fd)
  }
}

function cannotRead(path: string, why: string): Misuse {
  return new Misuse(`--config ${path}: ${why}`)
}

/**
 * Who writes this file says what this process does: reads, sends, and with sluice-exec runs. So nobody of this host may who has
 * not that right already. A group of a user's own (umask 002) is no stranger; to root, every other group is.
 */
export function refuseStrangers(path: string, stat: Stats, uid = process.geteuid?.()): void {
  if (stat.isDirectory()) throw new Misuse(`--config ${path}: this is a folder; name a file in it`)
  if (!stat.isFile()) return
  const others = (stat.mode & 0o002) !== 0
  const group = (stat.mode & 0o020) !== 0 && uid === 0 && stat.gid !== 0
  if (!others && !group) return
  throw new Misuse(
    `${path}: ${others ? 'everybody' : `group ${stat.gid}`} may write it, and so say what this process does; type: chmod go-w ${path}`,
  )
}

/**
 * To root, it matters as well who may put another file in its place: those who may write to the folders above it. Of a folder like
 * /tmp, only the owner of what is in it can. Owners are let be: root has named their file, by sudo or in a container.
 */
function refuseFolders(path: string): void {
  for (let folder = dirname(realpathSync(path)); ; folder = dirname(folder)) {
    const { gid, mode } = statSync(folder)
    const isSticky = (mode & 0o1000) !== 0
    const others = (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== 0)
    if (others && !isSticky)
      throw new Misuse(
        `${path}: ${(mode & 0o002) !== 0 ? 'everybody' : `group ${gid}`} may change the folder ${folder}, and so say what this process of root does; type: chmod go-w ${folder}`,
      )
    if (folder === dirname(folder)) return
  }
}

/** A pipe as well, as in `--config <(…)`. */
function readAll(fd: number): Buffer {
  const pieces: Buffer[] = []
  for (let length = 0; ; ) {
    const piece = Buffer.alloc(64 * 1024)
    const size = readSync(fd, piece)
    if (size === 0) return Buffer.concat(pieces)
    length += size
    if (length > MOST) throw new Error(`it is larger than ${MOST} bytes, which is no configuration`)
    pieces.push(piece.subarray(0, size))
  }
}

function strangeIn(bytes: Buffer): { what: string; at: number } | undefined {
  const nul = bytes.indexOf(0)
  if (nul !== -1) return { what: 'there is a NUL byte: this is no text', at: nul }
  if (isUtf8(bytes)) return undefined
  const decoded = bytes.toString()
  const at = Buffer.byteLength(decoded.slice(0, decoded.indexOf('\ufffd')))
  return { what: 'this is not UTF-8: save the file in that encoding', at }
}

function lineOf(bytes: Buffer, at: number): number {
  let line = 1
  for (let i = 0; i < at; i++) if (bytes[i] === 10) line++
  return line
}
