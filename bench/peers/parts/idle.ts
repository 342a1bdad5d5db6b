// A shipper that has nothing to do: memory, threads, CPU. All of them at once, as bench/idle.ts does it.
import { mkdirSync } from 'node:fs'
import { IDLE, type Idle, measureIdle, type Subject } from '../../idle.ts'
import { Helper } from '../../support/children.ts'
import { temporary } from '../../support/folder.ts'
import { lonely } from '../../support/lonely.ts'
import { machine } from '../../support/machine.ts'
import type { Stored } from '../../support/null-bulk.ts'
import { digits, median, spread } from '../../support/numbers.ts'
import { packageFolder } from '../../support/package.ts'
import { Program } from '../../support/program.ts'
import { part, type Settings } from '../part.ts'
import type { Shipper } from '../shipper.ts'
import { PEERS, shippersHere } from '../shippers.ts'
import { sluice } from '../sluice.ts'
import { progress } from '../support/progress.ts'
import { freeUdpPort } from '../support/sockets.ts'

/** Of a core. */
const GOAL = 0.003

interface Results {
  settings: Settings
  machine: { [name: string]: string }
  shippers: { [name: string]: string }
  idle: { name: string; ours: boolean; measured: Idle[] }[]
}

export default part<Results>({
  async measure(settings, keep) {
    const { shippers, notes } = await shippersHere(settings)
    const server = new Helper<string, Stored>('null-bulk.ts')
    const url = await server.hello
    const alone = shippers.filter(shipper => PEERS.includes(shipper) || shipper === sluice.oneProcess)
    const subjects = [...alone.map(shipper => subjectOf(shipper, url)), ...daemons(url)]
    const results: Results = { settings, machine: machine(), shippers: notes, idle: [] }
    for (let round = 0; round < settings.rounds; round++) {
      await measureIdle(subjects)
      results.idle = subjects.map(({ name, measured }) => ({ name, ours: !isPeer(name), measured }))
      progress(`idle: round ${round + 1}`)
      keep(results)
    }
    server.stop()
    return results
  },

  write({ settings, machine, shippers, idle }, section) {
    section.parameters({
      'its memory': `${IDLE / 1000} s after ready`,
      'its CPU': `over the ${IDLE / 1000} s after that`,
      rounds: `${settings.rounds}, all of them at once; the median, in brackets the least and the most`,
      ...machine,
      ...shippers,
    })
    section.table(
      ['', 'CPU, % of a core', 'anonymous MB', 'threads'],
      idle.map(({ name, measured }) => [
        name,
        spread(measured.map(percent), digits(2)),
        digits(1)(median(measured.map(each => each.anonymous)) / 1024),
        String(median(measured.map(each => each.threads))),
      ]),
    )
    section.goals(
      idle
        .filter(({ ours }) => ours)
        .map(({ name, measured }) => ({
          what: `${name}, idle`,
          wanted: `<= ${GOAL * 100} % of a core`,
          measured: `${digits(2)(median(measured.map(percent)))} %`,
          met: median(measured.map(percent)) <= GOAL * 100,
        })),
    )
  },
})

function subjectOf(shipper: Shipper, url: string): Subject {
  const start = async () => {
    const folder = temporary(`idle-${shipper.name}`)
    mkdirSync(folder, { recursive: true })
    const { pids, stop } = await shipper.start({ port: await freeUdpPort(), url, index: 'idle', folder })
    return { pid: pids()[0]!, stop }
  }
  return { name: shipper.name, from: '', start, measured: [] }
}

function daemons(url: string): Subject[] {
  return lonely(url).map(({ name, args }) => ({
    name,
    from: 'package',
    start: async () => {
      const program = new Program(name, args(), { home: packageFolder(), env: { SLUICE_LOG_LEVEL: 'info' } })
      await program.ready()
      return program
    },
    measured: [],
  }))
}

function isPeer(name: string): boolean {
  return PEERS.some(peer => peer.name === name)
}

/** Milliseconds of CPU a second as part of a core. */
function percent({ cpu }: Idle): number {
  return cpu / 10
}
