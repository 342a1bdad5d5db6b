// From a datagram to a page that shows it: syslog-udp | syslog-json | store in one process, and a client of its tail.
import { machine } from '../../support/machine.ts'
import { count, digits, median, spread } from '../../support/numbers.ts'
import { type Latency, measureTailLatency } from '../../support/tail-latency.ts'
import { part } from '../part.ts'
import { progress } from '../support/progress.ts'

const GOAL = 150

interface Results {
  machine: { [name: string]: string }
  runs: Latency[]
}

export default part<Results>({
  async measure({ rounds }, keep) {
    const results: Results = { machine: machine(), runs: [] }
    for (let round = 0; round < rounds; round++) {
      const run = await measureTailLatency()
      progress(`latency: p99 ${digits(0)(run.p99)} ms`)
      results.runs.push(run)
      keep(results)
    }
    return results
  },

  write({ machine, runs }, section) {
    section.parameters({
      chain: 'syslog-udp, syslog-json and store in one process; a client of its live tail',
      latency: 'from before a datagram is sent until its record is read from the tail',
      rounds: `${runs.length} of 20 s, the median, in brackets the least and the most`,
      ...machine,
    })
    const ms = (pick: (run: Latency) => number) => spread(runs.map(pick), digits(0))
    const sum = (pick: (run: Latency) => number) => count(runs.reduce((total, run) => total + pick(run), 0))
    section.table(
      ['datagrams', 'sent', 'seen', 'p50 ms', 'p90 ms', 'p99 ms', 'most ms'],
      [
        [
          `${count(runs[0]?.rate ?? 0)}/s`,
          ...[sum(run => run.sent), sum(run => run.seen)],
          ...[ms(run => run.p50), ms(run => run.p90), ms(run => run.p99), ms(run => run.most)],
        ],
      ],
    )
    const p99 = median(runs.map(run => run.p99))
    section.goals([
      {
        what: 'from a datagram to the page at 1,000/s, 99th percentile',
        wanted: `<= ${GOAL} ms`,
        measured: `${digits(0)(p99)} ms`,
        met: p99 <= GOAL,
      },
    ])
  },
})
