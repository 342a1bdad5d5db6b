// A real rsyslogd with its modules for ZeroMQ and Elasticsearch, unpacked beside the system and never installed on it.
//
// Lines of configuration that were tried with rsyslog 8.2302. `>` connects and `@` binds, in both modules;
// each rsyslog message is one ZeroMQ message of one frame.
//
//   module(load="omczmq")
//   module(load="imtcp")
//   template(name="raw" type="string" string="%rawmsg%")
//   input(type="imtcp" address="127.0.0.1" port="PORT" ruleset="out")
//   ruleset(name="out") {
//     action(type="omczmq" socktype="PUSH" endpoints=">tcp://127.0.0.1:PORT" template="raw")
//   }
//
// As a JSON record (it ends in a line feed): template(name="json" type="list" option.jsonf="on") {
//   property(outname="@timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
//   property(outname="host" name="hostname" format="jsonf")
//   property(outname="message" name="msg" format="jsonf") }
//
//   module(load="imczmq")
//   template(name="line" type="string" string="%rawmsg%\n")
//   input(type="imczmq" socktype="PULL" endpoints="@tcp://127.0.0.1:PORT")
//   if $inputname == "imczmq" then { action(type="omfile" file="PATH" template="line") stop }
//
// Not `sendtimeout` on omczmq: when it runs out the socket is closed with the 1,000 messages it holds.
// Without it rsyslogd waits for a peer, and loses only what it holds when it stops (it does not linger).
// Not `ruleset` on imczmq: rsyslogd then crashes when it stops. imczmq takes each frame of a multipart
// message as a message, ends it at a NUL, drops a line feed at its end and writes control characters as
// #012, unless global(parser.escapeControlCharactersOnReceive="off") says otherwise.
import { glob, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { unpackedPackages } from './debian.ts'
import { launch, type Running, temporaryDirectory } from './process.ts'
import { exists, run } from './support.ts'

export interface Rsyslog extends Running {
  /** Its work directory, a place for files that a configuration writes; removed by stop(). */
  directory: string
}

/** Starts rsyslogd in the foreground; an error in the configuration is thrown, in rsyslogd's own words. */
export async function startRsyslog(config: string | ((directory: string) => string)): Promise<Rsyslog> {
  const { rsyslogd, modules, libraries } = await installRsyslog()
  const directory = await temporaryDirectory('rsyslog')
  const file = join(directory, 'rsyslog.conf')
  const own = join(directory, 'own.log')
  const lines = typeof config === 'string' ? config : config(directory)
  await writeFile(file, `${preamble(directory, own)}${lines}\n`)
  const args = ['-n', '-M', modules, '-i', join(directory, 'pid'), '-f', file]
  const env = { LD_LIBRARY_PATH: libraries }
  // Without this check rsyslogd would run with the part of the configuration that it understood.
  await run(rsyslogd, ['-N1', ...args], { env }).catch(async error => {
    await rm(directory, { recursive: true })
    throw error
  })
  const running = await launch({
    name: 'rsyslogd',
    command: rsyslogd,
    args,
    env,
    directory,
    ready: async () => (await exists(own)) && / start$/m.test(await readFile(own, 'utf8')),
    timeout: 10_000,
  })
  return { ...running, directory }
}

/** Puts rsyslogd and its modules into the cache when they are not there. */
export async function installRsyslog(): Promise<{ rsyslogd: string; modules: string; libraries: string }> {
  const root = await unpackedPackages(
    ...['rsyslog', 'rsyslog-czmq', 'rsyslog-elasticsearch', 'rsyslog-relp', 'rsyslog-openssl'],
  )
  for await (const module of glob(join(root, 'usr/lib/*/rsyslog/imczmq.so'))) {
    const modules = dirname(module)
    return { rsyslogd: join(root, 'usr/sbin/rsyslogd'), modules, libraries: dirname(modules) }
  }
  throw new Error(`no imczmq.so in ${root}`)
}

/** Its own messages go to a file, which tells when it has started, and never into the streams under test. */
function preamble(directory: string, own: string): string {
  return `global(processInternalMessages="on" workDirectory="${directory}")
if $inputname == "rsyslogd" then { action(type="omfile" file="${own}") stop }
`
}
