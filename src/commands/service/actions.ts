import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { parseArguments } from '../../lib/cli.ts'
import { Misuse } from '../../lib/errors.ts'
import { readValues } from '../../lib/options.ts'
import { nameOf } from '../../lib/registry.ts'
import type { Supervisor } from '../../lib/service/service.ts'
import { makeChanges, showChanges } from './changes.ts'
import { thisHost } from './host.ts'
import { installedNames, unitOf, unitsOf } from './installed.ts'
import { checkChain, checkNoChain, membersOf, namesFor } from './names.ts'
import { lowPortsOf, missingOf, openPagesOf } from './notes.ts'
import { planChain } from './plan.ts'
import { checkPaths, whyUnsafe } from './program.ts'
import { statusOf } from './status.ts'
import { installSystemd, type Outcome } from './systemd.ts'
import { checkScript, installSysv, scriptOf, uninstallSysv } from './sysv.ts'
import { uninstallSystemd } from './uninstall.ts'
import { installOptions, installUsage, planOptions, uninstallOptions, usages } from './usage.ts'
import { type Asked, askedService, findSafely } from './wanted.ts'

type Action = (args: readonly string[]) => number | undefined | Promise<number | undefined>

export const ACTIONS: { readonly [name: string]: Action } = {
  install,
  uninstall,
  start: args => control('start', args),
  stop: args => control('stop', args),
  restart: args => control('restart', args),
  status,
  logs,
  plan,
}

async function install(args: readonly string[]): Promise<undefined> {
  const { word, rest } = daemonIn(args)
  const found = word === undefined ? undefined : await findSafely(word)
  const typed = parseArguments(installUsage(word ?? '', found?.daemon), found ? rest : args)
  if (typed.print !== undefined) return print(typed.print)
  const { now, dryRun, system } = readValues(installOptions, typed.flags)
  const given = new Map([...typed.flags].filter(([key]) => !(key in installOptions)))
  const name = given.get('name')?.at(-1) ?? nameOf(word!)
  const supervisor = supervisorOf(system)
  if (supervisor === 'systemd') checkNoChain(name, thisHost)
  const asked = askedService(found!.word, found!.daemon, given, { name, by: `install ${name}`, supervisor })
  mayChange([asked], dryRun)
  const outcome =
    supervisor === 'systemd'
      ? await installSystemd([asked.service], thisHost, now)
      : await installSysv(asked.service, thisHost, now)
  const services = [asked.service]
  outcome.notes.push(...openPagesOf(services))
  if (supervisor === 'systemd') outcome.notes.push(...lowPortsOf(services), ...missingOf(services))
  return settle(outcome, dryRun, `${name}: installed`)
}

async function plan(args: readonly string[]): Promise<undefined> {
  const typed = parseArguments(usages.plan, args)
  if (typed.print !== undefined) return print(typed.print)
  const { name, install, now, dryRun } = readValues(planOptions, typed.flags)
  if (!/^[\w.-]{1,32}$/.test(name ?? ''))
    throw new Misuse(`--name ${name}: at most 32 letters, digits, dots, dashes and underscores`)
  const asked = await planChain(typed.argument!, name!)
  const show = dryRun || !(install || now)
  if (!show && !hasSystemd())
    throw new Misuse(`systemd has not booted this host; as one process: sluice run '${typed.argument}'`)
  const services = asked.map(({ service }) => service)
  const names = services.map(({ unit }) => unit.name.replace('sluice-', ''))
  checkChain(name!, names, thisHost)
  mayChange(asked, show)
  const outcome = await installSystemd(services, thisHost, now)
  outcome.notes.push(...openPagesOf(services), ...lowPortsOf(services), ...missingOf(services))
  const left = membersOf(name!, thisHost).filter(member => !names.includes(member))
  if (left.length > 0)
    outcome.notes.push(
      `${left.join(', ')}: no longer of ${name}, and left as it is, with what it may hold; type: sluice service uninstall ${left.join(' ')}`,
    )
  return settle(outcome, show, `${names.join(', ')}: installed`)
}

function uninstall(args: readonly string[]): undefined {
  const { print: text, words = [], flags = new Map() } = parseArguments(usages.uninstall, args)
  if (text !== undefined) return print(text)
  const { purge, dryRun } = readValues(uninstallOptions, flags)
  if (!dryRun) checkRoot()
  const outcome = isSysv(words[0])
    ? uninstallSysv(words[0]!, thisHost, purge)
    : uninstallSystemd(namesFor(words, thisHost), thisHost, purge)
  return settle(outcome, dryRun, `${words.join(', ')}: uninstalled`)
}

/** Where sockets stay open, a restart refuses nobody. A service that is started has those opened that it requires. */
function control(verb: 'start' | 'stop' | 'restart', args: readonly string[]): undefined {
  const { print: text, words = [] } = parseArguments(usages[verb], args)
  if (text !== undefined) return print(text)
  checkRoot()
  if (isSysv(words[0])) {
    const scripts = words.map(name => checkScript(name, thisHost))
    makeChanges(scripts.map(script => ({ run: [script, verb] })))
    return undefined
  }
  const names = namesFor(words, thisHost)
  const units = names.flatMap(name => (verb === 'stop' ? unitsOf(name, thisHost) : [unitOf(name, thisHost)]))
  makeChanges([{ run: ['systemctl', verb, ...units] }])
  return undefined
}

async function status(args: readonly string[]): Promise<number | undefined> {
  const { print: text, words = [] } = parseArguments(usages.status, args)
  if (text !== undefined) return print(text)
  if (isSysv(words[0])) return inherit(checkScript(words[0]!, thisHost), ['status'])
  const names = words.length > 0 ? namesFor(words, thisHost) : installedNames(thisHost)
  if (names.length === 0) return print('no service is installed; type: sluice service install DAEMON\n')
  const told = await Promise.all(names.map(name => statusOf(name)))
  process.stdout.write(told.join(''))
  // As systemctl says it.
  return told.every(one => /: running/.test(one)) ? 0 : 3
}

function logs(args: readonly string[]): number | undefined {
  const [name = '', ...rest] = args
  if (name === '' || name.startsWith('-')) {
    const typed = parseArguments(usages.logs, args)
    if (typed.print !== undefined) return print(typed.print)
    throw new Misuse('of which service? As in sluice service logs syslog-udp -f')
  }
  if (isSysv(name)) {
    checkScript(name, thisHost)
    return inherit('tail', [...rest, `/var/log/sluice-${name}.log`])
  }
  const units = namesFor([name], thisHost).flatMap(one => unitsOf(one, thisHost))
  return inherit('journalctl', [...units.map(unit => `--unit=${unit}`), ...rest])
}

/** The daemon stands before its flags: the value of one of them may look like a daemon. */
function daemonIn(args: readonly string[]): { word: string | undefined; rest: readonly string[] } {
  const index = args.findIndex(word => !['--now', '--dry-run'].includes(word))
  const word = args[index]
  if (word === undefined || ['-h', '--help', '-V', '--version'].includes(word))
    return { word: undefined, rest: args }
  if (word.startsWith('-'))
    throw new Misuse(`${word}: the daemon comes first, as in sluice service install syslog-udp --listen :514`)
  return { word, rest: args.toSpliced(index, 1) }
}

/** Whether it was installed as an init script, or can only have been. */
function isSysv(name = ''): boolean {
  if (name === '') return false
  return !hasSystemd() || (thisHost.exists(scriptOf(name)) && !installedNames(thisHost).includes(name))
}

/** sd_booted(3) */
function hasSystemd(): boolean {
  return existsSync('/run/systemd/system')
}

function supervisorOf(system: 'auto' | 'systemd' | 'sysv'): Supervisor {
  return system === 'auto' ? (hasSystemd() ? 'systemd' : 'sysv') : system
}

/** Who only looks may do so from anywhere, and is told what would be wrong. */
function mayChange(asked: readonly Asked[], onlyShow: boolean): void {
  const paths = asked.flatMap(({ paths }) => paths)
  if (!onlyShow) {
    checkRoot()
    checkPaths(paths)
  }
  const why = onlyShow && paths.map(whyUnsafe).find(one => one !== undefined)
  if (why) process.stderr.write(`sluice service: this would be refused: ${why}\n`)
}

function checkRoot(): void {
  if (process.getuid?.() !== 0)
    throw new Misuse('services are installed and started by root; put sudo in front')
}

function settle({ changes, notes }: Outcome, onlyShow: boolean, done: string): undefined {
  if (onlyShow) return print(showChanges(changes) + notes.map(note => `# ${note}\n`).join(''))
  try {
    makeChanges(changes)
  } catch (error) {
    // One of them may be why it does not start.
    process.stderr.write(notes.map(note => `sluice service: ${note}\n`).join(''))
    throw error
  }
  print(`${changes.length > 0 ? done : 'nothing to change'}\n`)
  for (const note of notes) print(`${note}\n`)
}

function inherit(program: string, args: readonly string[]): number {
  return spawnSync(program, args, { stdio: 'inherit' }).status ?? 1
}

function print(text: string): undefined {
  process.stdout.write(text)
}
