// How the CPU a record of the one-process chain grows with what it has to carry.
import { machine } from '../../support/machine.ts'
import { count, digits, median, spread } from '../../support/numbers.ts'
import { packageFolder } from '../../support/package.ts'
import { close, drive, inOneProcess, type Load, type Shape } from '../../support/udp-chain.ts'
import { part, type Settings } from '../part.ts'
import { progress } from '../support/progress.ts'

/** Records of one kind that differ in one thing. The first of each is what the others are compared with. */
const QUESTIONS: { readonly [question: string]: { readonly [answer: string]: Load & Shape } } = {
  'bytes of a record': {
    '100': { size: 100, rate: 20_000 },
    '1,000': { size: 1000, rate: 20_000 },
    '8,000': { size: 8000, rate: 5000 },
    '60,000': { size: 60_000, rate: 700 },
  },
  'parameters of structured data, RFC 5424, 700 bytes': {
    '0': { size: 700, rate: 20_000, fields: 0 },
    '5': { size: 700, rate: 20_000, fields: 5 },
    '20': { size: 700, rate: 20_000, fields: 20 },
  },
  'senders, 180 bytes': {
    '1': { size: 180, rate: 20_000, senders: 1 },
    '100': { size: 180, rate: 20_000, senders: 100 },
    '1,000': { size: 180, rate: 20_000, senders: 1000 },
  },
  'relays on the way, 180 bytes': {
    '0': { size: 180, rate: 20_000, relays: 0 },
    '1': { size: 180, rate: 20_000, relays: 1 },
    '2': { size: 180, rate: 20_000, relays: 2 },
    '3': { size: 180, rate: 20_000, relays: 3 },
  },
  'copies of syslog-json as processes of their own, 180 bytes': {
    '0': { size: 180, rate: 40_000 },
    '1': { size: 180, rate: 40_000, copies: 1 },
    '2': { size: 180, rate: 40_000, copies: 2 },
    '4': { size: 180, rate: 40_000, copies: 4 },
  },
  'processes at one port with --reuse-port, 100 senders, 180 bytes': {
    '1': { size: 180, rate: 40_000, senders: 100, sources: 1 },
    '2': { size: 180, rate: 40_000, senders: 100, sources: 2 },
  },
}

interface Results {
  settings: Settings
  machine: { [name: string]: string }
  runs: (Carried & { question: string; answer: string; rate: number })[]
}

interface Carried {
  /** Microseconds of CPU a record. */
  cpu: number
  lost: number
}

const WARM_UP = 4

export default part<Results>({
  async measure(settings, keep) {
    const results: Results = { settings, machine: machine(), runs: [] }
    for (let round = 0; round < settings.rounds; round++) {
      for (const [question, answers] of Object.entries(QUESTIONS)) {
        for (const [answer, load] of Object.entries(answers)) {
          const carried = await carry(load, settings.steady)
          progress(`scale: ${question}: ${answer}: ${digits(2)(carried.cpu)} µs, lost ${carried.lost}`)
          results.runs.push({ question, answer, rate: load.rate, ...carried })
        }
      }
      keep(results)
    }
    return results
  },

  write({ settings, machine, runs }, section) {
    section.parameters({
      chain: 'syslog-udp, syslog-json and elasticsearch in one process, into a server that stores nothing',
      rounds: `${settings.rounds} of ${settings.steady} s, each started anew and warm; the median, in brackets the least and the most`,
      ...machine,
    })
    const groups = Object.entries(QUESTIONS).map(([question, answers]) => ({
      label: question,
      bars: Object.keys(answers).map(label => ({ label, value: cpuOf(runs, question, label), ours: true })),
    }))
    for (const [question, answers] of Object.entries(QUESTIONS)) {
      const first = cpuOf(runs, question, Object.keys(answers)[0]!)
      section.table(
        [question, 'records/s', 'CPU µs a record', 'of the first', 'lost'],
        Object.keys(answers).map(answer => {
          const own = ofAnswer(runs, question, answer)
          return [
            answer,
            count(own[0]?.rate ?? 0),
            spread(
              own.map(run => run.cpu),
              digits(1),
            ),
            digits(2)(cpuOf(runs, question, answer) / first),
            count(own.reduce((sum, run) => sum + run.lost, 0)),
          ]
        }),
      )
    }
    section.chart('peers-scale', {
      title: 'CPU a record of the one-process chain (µs)',
      format: digits(1),
      groups,
    })
  },
})

async function carry(load: Load & Shape, seconds: number): Promise<Carried> {
  const chain = await inOneProcess(load, packageFolder())
  await drive(chain, load, WARM_UP)
  const { cpu, sent, arrived } = await drive(chain, load, seconds)
  await close(chain)
  return { cpu: cpu.reduce((a, b) => a + b), lost: sent - arrived }
}

function cpuOf(runs: Results['runs'], question: string, answer: string): number {
  return median(ofAnswer(runs, question, answer).map(run => run.cpu))
}

function ofAnswer(runs: Results['runs'], question: string, answer: string): Results['runs'] {
  return runs.filter(run => run.question === question && run.answer === answer)
}
