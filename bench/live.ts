// From a datagram to who looks: through sluice-udp-json and sluice-hub to a WebSocket, and to what a page in Chromium draws.
import { createSocket } from 'node:dgram'
import { setTimeout as sleep } from 'node:timers/promises'
import { chromium, type Page } from 'playwright-core'
import { WebSocket } from 'ws'
import { CHROMIUM_FLAGS, installChromium } from '../test/servers/chromium.ts'
import { count, digits } from './support/numbers.ts'
import { Program } from './support/program.ts'
import type { Report } from './support/report.ts'

/** Events a second. */
const RATES = [2, 10, 100]
const SECONDS = 20
const WARM_UP = 3
/** Milliseconds. */
const GOAL = 100

export async function measure(report: Report): Promise<void> {
  report.parameters({
    chain:
      "sluice run 'udp-json | hub', a WebSocket that gets every event, and the page in Chromium, which shows 20 a second at most",
    rounds: `one of ${SECONDS} s at each rate, after ${WARM_UP} s to warm up; each event in a datagram of its own, as far apart as chance wants`,
    latency:
      'milliseconds from before its datagram is sent to where the WebSocket has it, or to the frame in which the page draws its line',
  })
  const chain = new Program('sluice', ['run', 'udp-json --listen 127.0.0.1:0 | hub --http 127.0.0.1:0'])
  await chain.ready()
  const socket = new WebSocket(`ws://127.0.0.1:${chain.port(1)}/events`)
  const browser = await chromium.launch({ executablePath: await installChromium(), args: CHROMIUM_FLAGS })
  const page = await watch(await browser.newPage(), `http://127.0.0.1:${chain.port(1)}/`)
  let taken: number[] = []
  socket.on('message', message => {
    const now = Date.now()
    for (const line of String(message).split('\n')) {
      const { data } = JSON.parse(line) as { data?: { sent: number } }
      if (data) taken.push(now - data.sent)
    }
  })
  const rows: string[][] = []
  for (const rate of RATES) {
    await send(chain.port(0), rate, WARM_UP)
    await sleep(1000)
    taken = []
    await page.evaluate('latencies.length = 0')
    const sent = await send(chain.port(0), rate, SECONDS)
    await sleep(1000)
    const drawn: number[] = await page.evaluate('latencies')
    rows.push([count(rate), ...columns(taken, sent), ...columns(drawn, sent)])
    for (const [where, latencies] of [
      ['WebSocket', taken],
      ['page', drawn],
    ] as const)
      report.goal(
        `${rate} events/s, to the ${where}, p99`,
        `${GOAL} ms`,
        `${digits(0)(percentile(latencies, 0.99))} ms`,
      )
  }
  socket.close()
  await browser.close()
  await chain.stop()
  report.table(HEAD, rows)
}

const HEAD = [
  'events/s',
  ...['WebSocket', 'page'].flatMap(where => [`${where}: of those sent`, 'p50', 'p99', 'worst ms']),
]

function columns(latencies: readonly number[], sent: number): string[] {
  const times = [0.5, 0.99, 1].map(part => digits(0)(percentile(latencies, part)))
  return [`${digits(1)((latencies.length / sent) * 100)} %`, ...times]
}

function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

/** So many events a second, as far apart as chance wants. Returns how many they were. */
async function send(port: number, rate: number, seconds: number): Promise<number> {
  const socket = createSocket('udp4')
  const end = performance.now() + seconds * 1000
  let sent = 0
  for (let due = performance.now(); due < end; due += (-Math.log(1 - Math.random()) * 1000) / rate) {
    const left = due - performance.now()
    if (left > 0) await sleep(left)
    const event = { type: 'pageview', data: { sent: Date.now(), account: `account-${sent++ % 20}` } }
    await new Promise(resolve => socket.send(JSON.stringify(event), port, '127.0.0.1', resolve))
  }
  socket.close()
  return sent
}

/** Has the page note of each line when it was drawn. */
async function watch(page: Page, url: string): Promise<Page> {
  await page.addInitScript(`
    globalThis.latencies = []
    const sentOf = node => Number(/sent\\D{0,4}(\\d{13})/.exec(node.textContent)?.[1])
    addEventListener('DOMContentLoaded', () =>
      new MutationObserver(changes => {
        const sent = changes.flatMap(({ addedNodes }) => [...addedNodes].map(sentOf)).filter(Boolean)
        requestAnimationFrame(() => { for (const time of sent) latencies.push(Date.now() - time) })
      }).observe(document.body, { childList: true, subtree: true }))`)
  await page.goto(url)
  await page.locator('h1, .topics').first().waitFor()
  return page
}
