// A real syslog-ng with its http destination, unpacked beside the system and never installed on it: Debian does not
// install it beside rsyslog.
import { glob, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { unpackedPackages } from './debian.ts'
import { launch, type Running, temporaryDirectory } from './process.ts'
import { run } from './support.ts'

/** Where things are, and what has to be in the environment of its programs. */
export interface SyslogNg {
  program: string
  modules: string
  env: { LD_LIBRARY_PATH: string }
}

/**
 * Starts syslog-ng in the foreground, with a configuration that begins with its @version.
 * @param ready what says that it is: it writes nothing about that
 */
export async function startSyslogNg(config: string, ready: () => Promise<boolean>): Promise<Running> {
  const { program, modules, env } = await installSyslogNg()
  const directory = await temporaryDirectory('syslog-ng')
  const file = join(directory, 'syslog-ng.conf')
  await writeFile(file, config)
  const own = (name: string) => join(directory, name)
  return await launch({
    name: 'syslog-ng',
    command: program,
    // With capabilities it would refuse to run where they cannot be set.
    args: [
      ...['--foreground', '--no-caps', '--stderr', '--cfgfile', file, '--module-path', modules],
      ...['--persist-file', own('persist'), '--pidfile', own('pid'), '--control', own('control')],
    ],
    env,
    directory,
    ready,
    timeout: 10_000,
  })
}

/** Runs syslog-ng's generator of messages to its end, and gives what it said. */
export async function runLoggen(...args: string[]): Promise<string> {
  const { program, env } = await installSyslogNg()
  const prefix = dirname(dirname(program))
  return await run(join(prefix, 'bin/loggen'), args, { env: { ...env, SYSLOGNG_PREFIX: prefix } })
}

/** Puts it into the cache when it is not there. */
export async function installSyslogNg(): Promise<SyslogNg> {
  const root = await unpackedPackages('syslog-ng-core', 'syslog-ng-mod-http')
  for await (const module of glob(join(root, 'usr/lib/syslog-ng/*/libhttp.so'))) {
    const modules = dirname(module)
    const libraries = new Set([dirname(dirname(modules)), dirname(modules)])
    for await (const library of glob(join(root, '{usr/,}lib/*/lib*.so.*'))) libraries.add(dirname(library))
    const env = { LD_LIBRARY_PATH: [...libraries].join(':') }
    return { program: join(root, 'usr/sbin/syslog-ng'), modules, env }
  }
  throw new Error(`no libhttp.so in ${root}`)
}
