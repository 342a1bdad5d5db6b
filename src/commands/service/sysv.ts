import { Misuse } from '../../lib/errors.ts'
import { LINK_FOLDER } from '../../lib/service/rights.ts'
import type { Service } from '../../lib/service/service.ts'
import type { Change } from './changes.ts'
import { generateInitScript } from './generate.ts'
import type { Host } from './host.ts'
import type { Outcome } from './systemd.ts'

// For hosts without systemd: an init script, of which no more can be had than that it starts and stops a daemon as a user of its own.

const USER = 'sluice'

export const scriptOf = (name: string) => `/etc/init.d/sluice-${name}`

export async function installSysv({ unit }: Service, host: Host, now: boolean): Promise<Outcome> {
  if (!host.exists('/sbin/start-stop-daemon') && !host.exists('/usr/sbin/start-stop-daemon'))
    throw new Misuse(
      'there is neither systemd nor start-stop-daemon here: start the daemon as this host starts others',
    )
  const low = unit.rights.ports.find(port => port > 0 && port < 1024)
  if (low !== undefined)
    throw new Misuse(
      `port ${low} is root's, and nobody opens it for a service here; take one from 1024 on, and have the packet filter redirect it`,
    )
  // It is a comment of the script, and what comes behind a new line in it would be run.
  if (/[\0-\x1f\x7f]/.test(unit.description))
    throw new Misuse(`${JSON.stringify(unit.description)}: a summary has no control characters`)
  const name = unit.name.replace('sluice-', '')
  const variables = unit.environment.map(([key, value]) => `${key}=${value}`)
  const words = unit.command.slice(1).map(word => shellWord(plain(word)))
  const text = await generateInitScript(unit.name, plain(unit.description), words.join(' '))
  const path = scriptOf(name)
  const whole = withVariables(text, variables.map(plain))
  const isNew = host.read(path) !== whole
  return {
    changes: [
      ...addUser(host),
      ...(isNew ? [{ write: path, text: whole, mode: 0o755 }] : []),
      ...(isNew ? [{ run: ['update-rc.d', unit.name, 'defaults'] }] : []),
      ...(now ? [{ run: [path, isNew ? 'restart' : 'start'] }] : []),
    ],
    notes: now ? [] : [`${name} is not started as it is now; type: sluice service restart ${name}`],
  }
}

function addUser(host: Host): Change[] {
  const isThere = (file: string) => new RegExp(`^${USER}:`, 'm').test(host.read(file) ?? '')
  if (isThere('/etc/passwd')) return []
  const group = isThere('/etc/group') ? ['--gid', USER] : ['--user-group']
  return [
    { run: ['useradd', '--system', ...group, '--no-create-home', '--shell', '/usr/sbin/nologin', USER] },
  ]
}

export function uninstallSysv(name: string, host: Host, purge: boolean): Outcome {
  const path = checkScript(name, host)
  const state = `/var/lib/sluice-${name}`
  return {
    changes: [
      { run: [path, 'stop'] },
      { remove: path },
      { run: ['update-rc.d', `sluice-${name}`, 'remove'] },
      { remove: `/var/log/sluice-${name}.log` },
      ...(purge ? [{ run: ['rm', '-rf', '--', state] }] : []),
      { run: ['rm', '-rf', '--', `/run/sluice-${name}`] },
      { removeEmpty: LINK_FOLDER },
    ],
    notes: [
      ...(purge ? [] : [`kept: ${state}, with what the daemon has kept; --purge deletes it`]),
      `kept: the user ${USER}`,
    ],
  }
}

/** Throws Misuse where none was installed. */
export function checkScript(name: string, host: Host): string {
  const path = scriptOf(name)
  if (!host.read(path)?.includes('Written by sluice service'))
    throw new Misuse(`no service ${name} is installed`)
  return path
}

/** What nobody typed stands in variables, as in a unit. */
function withVariables(script: string, variables: readonly string[]): string {
  const lines = variables.map(variable => `export ${shellWord(variable)}\n`)
  // As a function: a dollar means itself.
  return script.replace('\nstart() {', () => `\n${lines.join('')}\nstart() {`)
}

/** No specifiers count in it. */
function plain(text: string): string {
  return text.replaceAll('%%', '%')
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
