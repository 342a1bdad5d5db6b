// Looks at the spools of stopped daemons: are they sound, what is in them, what can be saved of a damaged one.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Writable } from 'node:stream'
import { parseArguments } from '../lib/cli.ts'
import { codeOf, Misuse, messageOf } from '../lib/errors.ts'
import { EXIT } from '../lib/process/exit.ts'
import { checkSpool, dumpSpool } from '../lib/spool/check.ts'
import { type RecoverReport, recoverSpool } from '../lib/spool/recover.ts'
import { printable } from '../lib/text/printable.ts'
import { formatBytes } from '../lib/units.ts'
import { version } from '../lib/version.ts'
import { quoted } from './doctor/finding.ts'
import { asOwner } from './spool/as-owner.ts'

export const summary = 'Check, read or recover the spools of stopped daemons'

/** Of `check` and `dump`: there is a damaged one. */
const DAMAGED = 1

interface Action {
  summary: string
  /**
   * Returns the exit code.
   * @param at its name in the folder that was entered
   */
  run(file: string, at: string): number | Promise<number>
}

const ACTIONS: { readonly [name: string]: Action } = {
  check: {
    summary: `Say whether spools are sound and what is in them, without changing a byte; exit code ${DAMAGED} when one is damaged`,
    run: check,
  },
  dump: {
    summary:
      'Print the records that wait in spools, oldest first, one a line; of a damaged one those that can be read',
    run: dump,
  },
  recover: {
    summary:
      'Make a sound spool of what can be read of a damaged one, which is kept beside it; the next start of the daemon delivers it. ' +
      'A sound one is left as it is',
    run: recover,
  },
}

const argument = {
  name: '<path>',
  help: 'a file NAME.spool, or the folder they are in (--spool of the daemons)',
}

export async function run(args: readonly string[]): Promise<void> {
  const [name = '', ...rest] = args
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name]! : undefined
  const command = action ? `sluice spool ${name}` : 'sluice spool'
  try {
    if (!action && name !== '' && !name.startsWith('-'))
      throw new Misuse(`there is no "${name}"; there are ${Object.keys(ACTIONS).join(', ')}`)
    const typed = parseArguments(
      { ...usageOf(action), command, version, environment: false, groups: {} },
      action ? rest : args,
    )
    if (typed.print !== undefined) process.stdout.write(typed.print)
    else process.exitCode = await runAll(action!, filesAt(typed.argument!, name))
  } catch (error) {
    process.stderr.write(`${command}: ${printable(messageOf(error))}\n`)
    process.exitCode = error instanceof Misuse ? EXIT.misuse : EXIT.failure
  }
}

export default { summary, run }

function usageOf(action: Action | undefined) {
  if (action) return { summary: `${action.summary}.`, argument }
  return {
    summary: `${summary}.\n\n${Object.entries(ACTIONS)
      .map(([name, { summary }]) => `${name}: ${summary}.`)
      .join('\n')}`,
    argument: { name: '<action>', help: `${Object.keys(ACTIONS).join(', ')}; then the path` },
    examples: [
      'sluice spool check /var/lib/sluice',
      'sluice spool dump /var/lib/sluice/syslog-udp.spool | head',
      'sluice spool recover /var/lib/sluice/syslog-udp.spool',
    ],
  }
}

/** Before the first start of a daemon there is nothing to recover, which is no mistake: a unit may always ask. */
function filesAt(path: string, action: string): string[] {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory()
  const names = namesOfSpools(isFolder ? path : dirname(path))
  if (!isFolder && (existsSync(path) || names.includes(basename(path)))) return [path]
  if (!isFolder && action !== 'recover') throw new Misuse(`${path}: there is no such file or folder`)
  if (!isFolder) process.stderr.write(`${path}: there is no spool yet\n`)
  else if (names.length === 0 && action !== 'recover') throw new Misuse(`${path}: there is no spool in it`)
  else if (names.length === 0) process.stderr.write(`${path}: there is no spool in it\n`)
  return isFolder ? names.map(name => join(path, name)) : []
}

/** One whose file somebody deleted is found by what lies beside it. */
function namesOfSpools(folder: string): string[] {
  if (!existsSync(folder)) return []
  const names = readdirSync(folder).flatMap(name => /^.*\.spool(?=$|-wal$|\.mark$)/.exec(name) ?? [])
  return [...new Set(names)].sort()
}

/** One that cannot be looked at does not keep the others from it. */
async function runAll(action: Action, files: readonly string[]): Promise<number> {
  let worst: number = EXIT.done
  for (const file of files) {
    try {
      worst = Math.max(worst, await asOwner(file, at => action.run(file, at)))
    } catch (error) {
      const inUse = codeOf(error) === 'ERR_SPOOL_IN_USE'
      process.stderr.write(
        `${printable(inUse ? `${file} is in use by a daemon; stop it first` : messageOf(error))}\n`,
      )
      worst = EXIT.failure
    }
  }
  return worst
}

function check(file: string, at: string): number {
  const { isSound, reason, readable, log } = checkSpool(at)
  const inside = `${records(readable)} in ${readable.batches} batches, ${formatBytes(readable.bytes)}`
  if (isSound) process.stdout.write(`${printable(file)}: sound; ${inside}\n`)
  else {
    const lost = log.lost > 0 ? `; ${log.lost} commits in its log cannot be reached` : ''
    process.stdout.write(
      `${printable(file)}: damaged: ${reason}${lost}; what can be read: ${inside}\n  type: sluice spool recover ${quoted(file)}\n`,
    )
  }
  return isSound ? EXIT.done : DAMAGED
}

async function dump(file: string, at: string): Promise<number> {
  const { stdout } = process
  // Whoever reads it, `head` say, has seen enough.
  stdout.on('error', error => {
    if (codeOf(error) !== 'EPIPE') throw error
  })
  const rows = dumpSpool(at)
  for (;;) {
    const { done, value } = rows.next()
    if (done) return verdict(file, value)
    if (stdout.destroyed) break
    if (!stdout.write(value.bytes)) await roomIn(stdout)
  }
  rows.return(undefined)
  return EXIT.done
}

function roomIn(stream: Writable): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  stream.on('drain', resolve).on('close', resolve)
  return promise.finally(() => stream.off('drain', resolve).off('close', resolve))
}

function verdict(file: string, damage: string | undefined): number {
  if (damage === undefined) return EXIT.done
  process.stderr.write(`${printable(file)}: damaged: ${damage}; these were the records that can be read\n`)
  return DAMAGED
}

function recover(file: string, at: string): number {
  const report = recoverSpool(at)
  process.stdout.write(`${printable(file)}: ${describe(report, dirname(file))}\n`)
  return EXIT.done
}

function describe(report: RecoverReport, folder: string): string {
  const inside = `${records(report)} in ${report.batches} batches, ${formatBytes(report.bytes)}`
  if (report.wasSound) return `sound; ${inside}`
  const lost =
    report.lostAtLeast === undefined
      ? 'how many records are lost is not known'
      : `${report.lostAtLeast > 0 ? `at least ${records({ records: report.lostAtLeast })}` : 'perhaps none'} lost`
  const gaps = report.missing.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ')
  return (
    `it was damaged: ${report.reason}\n  recovered: ${inside}; the next start delivers them\n` +
    `  ${gaps ? `${lost}; batches of which nothing was found: ${gaps}` : 'nothing is lost'}\n  the damaged file is ${printable(join(folder, report.aside ?? ''))}`
  )
}

function records({ records }: { records: number }): string {
  return records === 1 ? '1 record' : `${records} records`
}
