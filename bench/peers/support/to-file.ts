// Programs that take syslog over UDP and append it to a file, for the question how much they take.
import { startRsyslog } from '../../../test/servers/rsyslog.ts'
import { packageFolder } from '../../support/package.ts'
import { Program } from '../../support/program.ts'
import { DOCUMENT, input } from '../rsyslog.ts'
import { RECEIVE_BUFFER } from '../shipper.ts'
import { receiveBufferOf } from './sockets.ts'

export interface ToFile {
  name: string
  writes: 'the message as it came' | 'a JSON object, parsed'
  ours: boolean
  start(port: number, path: string): Promise<{ bufferGranted: number; stop(): Promise<void> }>
}

// Both have room for about two seconds of the highest rates in memory.
const QUEUE = 500_000
const BUFFER = '256MiB'

const rsyslogTo = (template: string) => async (port: number, path: string) => {
  const { stop } = await startRsyslog(`${DOCUMENT}
template(name="raw" type="string" string="%rawmsg%\\n")
ruleset(name="file" queue.type="LinkedList" queue.size="${QUEUE}" queue.dequeueBatchSize="2000") {
  action(type="omfile" file="${path}" template="${template}" ioBufferSize="256k" flushOnTXEnd="off")
}
${input(port, 'file')}`)
  return { bufferGranted: await receiveBufferOf(port), stop }
}

const sluiceTo = (command: (listen: string, file: string) => [string, ...string[]]) => {
  return async (port: number, path: string) => {
    const listen = `--listen 127.0.0.1:${port} --receive-buffer ${RECEIVE_BUFFER}B --buffer ${BUFFER}`
    const [name, ...args] = command(listen, `--push-connect file://${path}`)
    const program = new Program(name, args, { home: packageFolder(), env: { SLUICE_LOG_LEVEL: 'info' } })
    await program.ready()
    return { bufferGranted: await receiveBufferOf(port), stop: () => program.stop() }
  }
}

export const TO_FILE: readonly ToFile[] = [
  { name: 'rsyslog', writes: 'the message as it came', ours: false, start: rsyslogTo('raw') },
  {
    name: 'sluice-syslog-udp',
    writes: 'the message as it came',
    ours: true,
    start: sluiceTo((listen, file) => ['sluice-syslog-udp', ...listen.split(' '), ...file.split(' ')]),
  },
  { name: 'rsyslog', writes: 'a JSON object, parsed', ours: false, start: rsyslogTo('document') },
  {
    name: 'sluice run, one process',
    writes: 'a JSON object, parsed',
    ours: true,
    start: sluiceTo((listen, file) => [
      'sluice',
      'run',
      `syslog-udp ${listen} | syslog-json | relay ${file}`,
    ]),
  },
]
