// From a datagram to whoever watches the page: syslog-udp | syslog-json | store in one process, and a client of its
// live tail.
import { get, type IncomingMessage } from 'node:http'
import { Helper } from './children.ts'
import { clock } from './clock-sender.ts'
import { temporary } from './folder.ts'
import { count, digits } from './numbers.ts'
import { eventually, Program } from './program.ts'
import type { Report } from './report.ts'

const RATE = 1000
const SECONDS = 20
const WARM_UP = 3

export interface Latency {
  rate: number
  sent: number
  seen: number
  /** Milliseconds. */
  p50: number
  p90: number
  p99: number
  most: number
}

export async function tailLatency(report: Report): Promise<void> {
  const { rate, sent, seen, ...times } = await measureTailLatency()
  const ms = digits(0)
  report.table(
    ['datagrams', 'sent', 'seen', 'p50 ms', 'p90 ms', 'p99 ms', 'most ms'],
    [
      [
        `${count(rate)}/s`,
        count(sent),
        count(seen),
        ...[times.p50, times.p90, times.p99, times.most].map(ms),
      ],
    ],
  )
  report.goal('from datagram to page, p99', '150 ms', `${ms(times.p99)} ms`)
}

export async function measureTailLatency(): Promise<Latency> {
  const folder = temporary('tailed')
  const chain = `syslog-udp --listen 127.0.0.1:0 | syslog-json --timezone UTC | store --http 127.0.0.1:0 --path ${folder}`
  const program = new Program('sluice', ['run', chain], { env: { SLUICE_LOG_LEVEL: 'info' } })
  const sender = new Helper<string, number>('clock-sender.ts')
  await Promise.all([program.ready(), sender.hello])
  const { udp, http } = portsOf(program.endpoints)
  const tail = new Tail(`${http}/api/tail`)
  await tail.open
  await sender.ask(`${udp} ${RATE} ${WARM_UP}`)
  await eventually(() => tail.latencies.length >= RATE * WARM_UP, 5000)
  tail.latencies = []
  const sent = await sender.ask(`${udp} ${RATE} ${SECONDS}`)
  await eventually(() => tail.latencies.length >= sent, 5000)
  const sorted = tail.latencies.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)]! / 1000
  tail.close()
  sender.stop()
  await program.stop()
  return { rate: RATE, sent, seen: sorted.length, p50: at(0.5), p90: at(0.9), p99: at(0.99), most: at(1) }
}

function portsOf(endpoints: readonly string[]): { udp: number; http: string } {
  const http = endpoints.find(endpoint => endpoint.startsWith('http:'))
  const udp = endpoints.find(endpoint => !endpoint.startsWith('http:') && /:\d+$/.test(endpoint))
  if (!http || !udp) throw new Error(`there is no datagram or no page among ${endpoints.join(' ')}`)
  return { udp: Number(/:(\d+)$/.exec(udp)![1]), http }
}

/** Notes for each record how many microseconds it took to come here. */
class Tail {
  latencies: number[] = []
  readonly open: Promise<void>
  #response: IncomingMessage | undefined

  constructor(url: string) {
    this.open = new Promise((resolve, reject) => {
      get(url, response => {
        this.#response = response
        let rest = ''
        response.setEncoding('utf8').on('data', (text: string) => {
          const now = clock()
          const lines = (rest + text).split('\n')
          rest = lines.pop()!
          for (const line of lines) {
            const sent = /at=(\d+) /.exec(line)?.[1]
            if (sent) this.latencies.push(now - Number(sent))
          }
        })
        resolve()
      }).on('error', reject)
    })
  }

  close(): void {
    this.#response?.destroy()
  }
}
