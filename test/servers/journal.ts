// Journals of systemd: files with any entries in them, by systemd-journal-remote; and a journald of one's own, alone in a mount
// namespace.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { unpackedPackages } from './debian.ts'
import { launch, type Running, temporaryDirectory } from './process.ts'
import { exists, isRoot } from './support.ts'

/** Fields of an entry, in any order; one that comes more than once is a list. */
export type JournalEntry = { readonly [field: string]: string | Buffer | readonly (string | Buffer)[] }

/** Puts systemd-journal-remote into the cache when it is not there. */
export async function installJournalRemote(): Promise<{ program: string; libraries: string }> {
  const root = await unpackedPackages('systemd-journal-remote')
  const libraries = ['usr/lib', 'lib'].flatMap(folder =>
    ['x86_64-linux-gnu', 'aarch64-linux-gnu'].flatMap(machine => [
      join(root, folder, machine),
      join(root, folder, machine, 'systemd'),
    ]),
  )
  return { program: join(root, 'lib/systemd/systemd-journal-remote'), libraries: libraries.join(':') }
}

/** Appends entries to a journal file, which is made when it is not there. */
export async function writeJournal(path: string, entries: readonly JournalEntry[]): Promise<void> {
  const { program, libraries } = await installJournalRemote()
  const child = spawn(program, ['-o', path, '-'], {
    env: { ...process.env, LD_LIBRARY_PATH: libraries },
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', text => {
    said += text
  })
  child.stdin.on('error', () => {}).end(Buffer.concat(entries.map(exported)))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`systemd-journal-remote: ${said}`)
}

/** The Journal Export Format: https://systemd.io/JOURNAL_EXPORT_FORMATS/ */
function exported(entry: JournalEntry): Buffer {
  const fields = Object.entries(entry).flatMap(([name, values]) =>
    (Array.isArray(values) ? values : [values]).map((value: string | Buffer) => exportedField(name, value)),
  )
  return Buffer.concat([...fields, Buffer.from('\n')])
}

/** Address fields are understood as lines alone; what has a line feed, or is no text, is counted. */
function exportedField(name: string, value: string | Buffer): Buffer {
  if (typeof value === 'string' && !value.includes('\n')) return Buffer.from(`${name}=${value}\n`)
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(value)))
  return Buffer.concat([Buffer.from(`${name}\n`), length, Buffer.from(value as string), Buffer.from('\n')])
}

export interface Journald extends Running {
  /** The path of its socket for syslog, from outside of the namespace. */
  socket: string
  /** The words in front of a command that is to run beside it. */
  inside: string[]
}

const SETTINGS = '[Journal]\nStorage=volatile\nReadKMsg=no\nAudit=no\nRateLimitIntervalSec=0\n'

const SCRIPT = `mount -t tmpfs none /run && mkdir -p /run/systemd/journal &&
mount --bind "$1" /etc/systemd/journald.conf && exec /lib/systemd/systemd-journald`

/** Starts a journald with an empty journal. */
export async function startJournald(): Promise<Journald> {
  if (!isRoot) throw new Error('a journald of its own takes root')
  const directory = await temporaryDirectory('journald')
  const settings = join(directory, 'journald.conf')
  const own = join(directory, 'pid')
  await writeFile(settings, SETTINGS)
  const running = await launch({
    name: 'systemd-journald',
    command: 'unshare',
    args: ['-m', '/bin/sh', '-c', `echo $$ > "$2" && ${SCRIPT}`, 'sh', settings, own],
    directory,
    ready: async () => {
      if (!(await exists(own))) return false
      const proc = `/proc/${(await readFile(own, 'utf8')).trim()}`
      // Before it has a /run of its own, that is the host's.
      const isJournald = (await readFile(`${proc}/comm`, 'utf8')).startsWith('systemd-journal')
      return isJournald && exists(`${proc}/root/run/systemd/journal/stdout`)
    },
    timeout: 10_000,
  })
  const socket = `/proc/${running.pid}/root/run/systemd/journal/dev-log`
  return { ...running, socket, inside: ['nsenter', '-t', String(running.pid), '-m'] }
}
