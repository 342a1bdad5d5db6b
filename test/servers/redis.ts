// A real Redis (Debian's, 7.0), unpacked beside the system and never installed on it.
import { spawn } from 'node:child_process'
import { glob } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { freePort } from '../support/port.ts'
import { unpackedPackages } from './debian.ts'
import { launch, type Running, temporaryDirectory } from './process.ts'
import { run } from './support.ts'

export interface RedisOptions {
  port?: number
  /** Where its files are: those of one that was killed, so that the next one finds them. */
  data?: string
  /** More of its configuration: `{ maxmemory: '10mb' }`. */
  config?: { readonly [directive: string]: string }
  /** How long it may take to load its files, milliseconds. */
  timeout?: number
  /** Of the server alone. */
  env?: { readonly [name: string]: string }
}

export interface Redis extends Running {
  url: string
  port: number
  /** Where its files are, which `stop` removes where the test gave no other place. */
  data: string
  /** What redis-cli prints for a command, in the raw format. */
  cli(...words: string[]): Promise<string>
  /** The lines that redis-cli prints for each of these commands. */
  answers(commands: readonly (readonly string[])[], database?: number): Promise<string[][]>
}

/** Stands between two answers. */
const END = '--- end of the answer ---'

/** Everything that was answered is on the disk: kill -9 loses nothing. */
const DURABLE = { appendonly: 'yes', appendfsync: 'always' }

export async function startRedis({
  port,
  data,
  config = {},
  timeout = 20_000,
  ...more
}: RedisOptions = {}): Promise<Redis> {
  const { server, cli, libraries } = await installRedis()
  const directory = await temporaryDirectory('redis')
  const at = port ?? (await freePort())
  const settings = {
    ...DURABLE,
    save: '',
    bind: '127.0.0.1',
    port: `${at}`,
    dir: data ?? directory,
    ...config,
  }
  const env = { LD_LIBRARY_PATH: libraries }
  const password = config.requirepass ? ['-a', config.requirepass, '--no-auth-warning'] : []
  const ask = (...words: string[]) => run(cli, ['-p', `${at}`, ...password, '--raw', ...words], { env })
  const answers = async (commands: readonly (readonly string[])[], database = 0) => {
    const lines = commands.flatMap(words => [words, ['ECHO', END]])
    const input = lines.map(words => words.map(word => JSON.stringify(word)).join(' ')).join('\n')
    const printed = await piped(cli, ['-p', `${at}`, '-n', `${database}`, '--raw'], input, env)
    return printed
      .split(`${END}\n`)
      .slice(0, -1)
      .map(text => text.split('\n').slice(0, -1))
  }
  const running = await launch({
    name: 'redis-server',
    command: server,
    args: Object.entries(settings).flatMap(([directive, value]) => [`--${directive}`, value]),
    env: { ...env, ...more.env },
    directory,
    ready: () =>
      ask('PING').then(
        answer => answer.startsWith('PONG'),
        () => false,
      ),
    timeout,
  })
  return { ...running, port: at, url: `redis://127.0.0.1:${at}`, data: settings.dir, cli: ask, answers }
}

/** What a command prints that reads this. */
async function piped(
  command: string,
  args: string[],
  input: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(`${input}\n`)
  return text(child.stdout)
}

/** Puts redis-server and redis-cli into the cache when they are not there. */
export async function installRedis(): Promise<{ server: string; cli: string; libraries: string }> {
  const root = await unpackedPackages('redis-server', 'redis-tools')
  const bin = (name: string) => join(root, 'usr/bin', name)
  let libraries = ''
  // Not unpacked where the system has it.
  for await (const library of glob(join(root, 'usr/lib/*/liblzf.so.1'))) libraries = dirname(library)
  return { server: bin('redis-server'), cli: bin('redis-cli'), libraries }
}
