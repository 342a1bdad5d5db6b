// Fluent Bit: in_syslog over UDP, its usual parser, out_es. Nobody packages it for Debian but its makers, so that it is
// measured where SLUICE_FLUENT_BIT names the program.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { launch, temporaryDirectory } from '../../test/servers/process.ts'
import { run } from '../../test/servers/support.ts'
import { family } from '../support/proc.ts'
import { RECEIVE_BUFFER, type Shipper, sourceOf, type Where } from './shipper.ts'
import { isBound, receiveBufferOf } from './support/sockets.ts'

// The parser syslog-rfc3164 that comes with it, with the names that Sluice uses. It does not take a priority apart:
// severity and facility are not among its fields, and a script for that would cost it much.
const PARSERS = `[PARSER]
    Name        syslog-rfc3164
    Format      regex
    Regex       /^\\<(?<syslog_priority>[0-9]+)\\>(?<time>[^ ]* {1,2}[^ ]* [^ ]*) (?<host>[^ ]*) (?<syslog_program>[a-zA-Z0-9_\\/\\.\\-]*)(?:\\[(?<syslog_pid>[0-9]+)\\])?(?:[^\\:]*\\:)? *(?<message>.*)$/
    Types       syslog_priority:integer
    Time_Key    time
    Time_Format %b %d %H:%M:%S
`

const config = ({ port, url, index }: Where, parsers: string) => `[SERVICE]
    Flush        1
    Log_Level    warn
    Parsers_File ${parsers}
[INPUT]
    Name                syslog
    Mode                udp
    Listen              127.0.0.1
    Port                ${port}
    Parser              syslog-rfc3164
    Buffer_Chunk_Size   65536
    Receive_Buffer_Size ${RECEIVE_BUFFER}
[OUTPUT]
    Name               es
    Match              *
    Host               127.0.0.1
    Port               ${new URL(url).port}
    Index              ${index}
    Suppress_Type_Name On
    Buffer_Size        False
    Workers            1
    Retry_Limit        no_limits
`

function program(): string {
  const named = process.env.SLUICE_FLUENT_BIT
  if (!named) throw new Error('SLUICE_FLUENT_BIT names no program')
  return named
}

export const fluentBit: Shipper = {
  name: 'Fluent Bit',
  source: sourceOf(import.meta.filename),
  async version() {
    const answer = await run(program(), ['--version'])
    return /Fluent Bit v(\S+)/.exec(answer)?.[1] ?? 'of unknown version'
  },
  async start(where) {
    const directory = await temporaryDirectory('fluent-bit')
    const [parsers, file] = [join(directory, 'parsers.conf'), join(directory, 'fluent-bit.conf')]
    await writeFile(parsers, PARSERS)
    await writeFile(file, config(where, parsers))
    const { pid, stop } = await launch({
      name: 'Fluent Bit',
      command: program(),
      args: ['--config', file],
      directory,
      ready: () => isBound(where.port),
      timeout: 10_000,
    })
    return { pids: () => family(pid), bufferGranted: await receiveBufferOf(where.port), stop }
  },
}
