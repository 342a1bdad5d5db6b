// Makes the keys of a host or daemon, for links that are encrypted (docs/security.md).
import { closeSync, fchmodSync, fsyncSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { runCommand } from '../lib/command.ts'
import { createKeyPair, formatKeyFile, type KeyPair, NAME, readPublicKey } from '../lib/curve/key-file.ts'
import { codeOf, Misuse, systemMessageOf } from '../lib/errors.ts'
import { checked, flag, readValues, text } from '../lib/options.ts'
import { EXIT } from '../lib/process/exit.ts'
import { version } from '../lib/version.ts'

export const summary = 'Make keys for encrypted links'

const COMMAND = 'sluice keygen'

const options = {
  name: checked(
    text(
      'Whose keys they are: it names the sender in records (default: that of the host)',
      undefined,
      'name',
    ),
    checkName,
  ),
  czmq: flag('Write FILE and FILE_secret, the certificate of CZMQ (for rsyslog)'),
  show: flag('Only print the line of the key that is in FILE'),
}

const usage = {
  command: COMMAND,
  summary:
    `${summary}. FILE has both keys, which only the daemons of this host may read; FILE.pub has the ` +
    'public one, for those who connect to it. Printed is the line that lets it in elsewhere (--curve-allow).',
  argument: { name: '<file>', help: 'where the keys are written to' },
  groups: { Options: options },
  examples: [
    'sudo sluice keygen /etc/sluice/key',
    '# its line once more; and one for the list of those who may connect here',
    'sluice keygen --show /etc/sluice/key.pub',
    'sluice keygen --show web1.pub | sudo tee -a /etc/sluice/allowed',
    '# for rsyslog',
    'sudo sluice keygen --czmq /etc/rsyslog.d/relay.cert',
  ],
  version,
  environment: false,
}

export async function run(args: readonly string[]): Promise<void> {
  await runCommand(usage, args, ({ flags, argument }) => {
    const { name, czmq, show } = readValues(options, flags)
    const file = argument!
    const known = show ? readPublicKey('--show', file, name) : undefined
    const owner = known?.name ?? name ?? nameOfHost()
    const { publicKey } = known ?? make(file, owner, czmq)
    process.stdout.write(`${publicKey} ${owner}\n`)
    if (!show && process.stderr.isTTY) process.stderr.write(hints(file, czmq))
    return EXIT.done
  })
}

export default { summary, run }

/** Both files or none: keys that are in use are not written over. */
function make(file: string, owner: string, czmq: boolean): KeyPair {
  const pair = createKeyPair()
  const [secret, open] = czmq ? [`${file}_secret`, file] : [file, `${file}.pub`]
  write(secret, formatKeyFile(owner, pair), 0o600)
  try {
    write(open, formatKeyFile(owner, { publicKey: pair.publicKey }), 0o644)
  } catch (error) {
    rmSync(secret)
    throw error
  }
  return pair
}

function write(file: string, content: string, mode: number): void {
  let fd: number
  try {
    fd = openSync(file, 'wx', mode)
  } catch (error) {
    if (codeOf(error) === 'EEXIST')
      throw new Misuse(
        `${file} is there already, and its keys may be in use; choose another name, or print its line with: ${COMMAND} --show ${file}`,
      )
    if (codeOf(error) === 'ENOENT')
      throw new Misuse(
        `${file}: there is no folder ${dirname(file)}; make it with: mkdir -p ${dirname(file)}`,
      )
    throw new Error(`${file}: ${systemMessageOf(error)}`)
  }
  try {
    // Whatever the umask is.
    fchmodSync(fd, mode)
    writeFileSync(fd, content)
    fsyncSync(fd)
  } catch (error) {
    // A full disk: half a key file would be in the way of the next attempt, and be none.
    rmSync(file, { force: true })
    throw new Error(`${file}: ${systemMessageOf(error)}`)
  } finally {
    closeSync(fd)
  }
}

function hints(file: string, czmq: boolean): string {
  const open = czmq ? file : `${file}.pub`
  return (
    `\nTo let this host in elsewhere, add that line to the file of --curve-allow there.\n` +
    `To those who connect to this host give ${open}: they name it with ?server-key=FILE or --curve-server.\n`
  )
}

function checkName(name: string | undefined): void {
  if (name !== undefined && !NAME.test(name))
    throw new RangeError(`"${name}": use at most 64 letters, digits, dots, dashes and underscores`)
}

/** Hosts may be called otherwise. */
function nameOfHost(): string {
  return (
    hostname()
      .replace(/[^\w.-]/g, '-')
      .slice(0, 64) || 'host'
  )
}
