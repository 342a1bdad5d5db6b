// Sluice, three times: one process; three daemons over ipc; three over acknowledged links, with a spool at the first.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../support/folder.ts'
import { packageFolder } from '../support/package.ts'
import { family } from '../support/proc.ts'
import { Program } from '../support/program.ts'
import { RECEIVE_BUFFER, type Shipper, type Started, sourceOf, type Where } from './shipper.ts'
import { receiveBufferOf } from './support/sockets.ts'

/** A program of the suite, with its arguments. */
type Command = [program: string, ...args: string[]]

// Without its index template: all indices of a comparison are made beforehand, and alike.
const sink = ({ url, index }: Where) => ['--node', url, '--index', index, '--template', 'off']
const source = ({ port }: Where) => [
  '--listen',
  `127.0.0.1:${port}`,
  '--receive-buffer',
  `${RECEIVE_BUFFER}B`,
]

const oneProcess = (where: Where): Command[] => {
  const stages = [['syslog-udp', ...source(where)], ['syslog-json'], ['elasticsearch', ...sink(where)]]
  return [['sluice', 'run', stages.map(stage => stage.join(' ')).join(' | ')]]
}

/** @param scheme of both links; they bind downstream, so that the bridge is started last */
const daemons =
  (scheme: string, spool: boolean) =>
  (where: Where): Command[] => {
    const [raw, parsed] = ['raw', 'parsed'].map(name => `${scheme}${where.folder}/${name}.ipc`)
    const kept = spool ? ['--spool', join(where.folder, 'spool')] : []
    return [
      ['sluice-elasticsearch', '--pull-bind', parsed!, ...sink(where)],
      ['sluice-syslog-json', '--pull-bind', raw!, '--push-connect', parsed!],
      ['sluice-syslog-udp', ...source(where), '--push-connect', raw!, ...kept],
    ]
  }

export interface StartedSluice extends Started {
  programs: readonly Program[]
}

export interface Sluice extends Shipper {
  start(where: Where): Promise<StartedSluice>
}

function variant(name: string, commands: (where: Where) => Command[]): Sluice {
  return {
    name,
    source: sourceOf(import.meta.filename),
    version: async () => JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version,
    async start(where) {
      const options = { home: packageFolder(), env: { SLUICE_LOG_LEVEL: 'info' } }
      const programs: Program[] = []
      for (const [program, ...args] of commands(where)) {
        const started = new Program(program, args, options)
        programs.push(started)
        await started.ready()
      }
      return {
        programs,
        pids: () => family(...programs.map(({ pid }) => pid)),
        bufferGranted: await receiveBufferOf(where.port),
        // The source first, so that the others can hand on what is still under way.
        stop: async () => {
          for (const program of programs.toReversed()) await program.stop()
        },
      }
    },
  }
}

export const sluice = {
  oneProcess: variant('Sluice, one process', oneProcess),
  plain: variant('Sluice, three daemons, ipc', daemons('ipc://', false)),
  acknowledged: variant('Sluice, three daemons, ack+ipc, spool', daemons('ack+ipc://', true)),
}
