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

export async function tailLatency(report: Report): Promise<void> {
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
  const at = (share: number) => digits(0)(sorted[Math.floor((sorted.length - 1) * share)]! / 1000)
  tail.close()
  sender.stop()
  await program.stop()
  report.table(
    ['datagrams', 'sent', 'seen', 'p50 ms', 'p90 ms', 'p99 ms', 'most ms'],
    [[`${count(RATE)}/s`, count(sent), count(sorted.length), at(0.5), at(0.9), at(0.99), at(1)]],
  )
  report.goal('from datagram to page, p99', '150 ms', `${at(0.99)} ms`)
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
