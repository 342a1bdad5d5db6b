// The one-process chain that keeps records, for ten minutes, with two browsers that look at its page: does the memory of
// any of them grow?
import { setTimeout as sleep } from 'node:timers/promises'
import { type Browser, chromium, type Page } from 'playwright-core'
import { CHROMIUM_FLAGS, installChromium } from '../test/servers/chromium.ts'
import { blast } from './support/blast.ts'
import { temporary } from './support/folder.ts'
import { memoryOf } from './support/proc.ts'
import { eventually, Program } from './support/program.ts'
import { MESSAGE_SIZE } from './support/records.ts'
import type { Report } from './support/report.ts'

const RATE = 1_000
const MINUTES = 10
const SAMPLE_EVERY = 30

interface Sample {
  seconds: number
  stored: number
  /** Megabytes. */
  anonymous: number
  live: number
  searching: number
}

export async function measure(report: Report): Promise<void> {
  report.parameters({
    chain: "sluice run 'syslog-udp | syslog-json | store --keep-bytes 256MiB'",
    load: `${RATE} datagrams of ${MESSAGE_SIZE} bytes a second for ${MINUTES} minutes`,
    browsers: 'two pages: one live, one that searches anew every 5 s',
    memory: 'anonymous of the process; heap of each page after a garbage collection',
  })
  const chain = new Program('sluice', [
    'run',
    `syslog-udp --listen 127.0.0.1:0 | syslog-json | store --http 127.0.0.1:0 --keep-bytes 256MiB --path ${temporary('soak')}`,
  ])
  await chain.ready()
  const url = `http://127.0.0.1:${chain.port(1)}`
  const browser = await chromium.launch({ executablePath: await installChromium(), args: CHROMIUM_FLAGS })
  const samples: Sample[] = []
  const live = await visit(browser, `${url}/?live=1`)
  const searching = await visit(browser, `${url}/?q=password`)
  const sending = blast(chain.port(0), RATE, MINUTES * 60, MESSAGE_SIZE)
  for (let seconds = 0; seconds <= MINUTES * 60; seconds += SAMPLE_EVERY) {
    samples.push({
      seconds,
      stored: await storedBy(chain),
      anonymous: memoryOf(chain.pid).anonymous / 1024,
      live: await heapOf(live),
      searching: await heapOf(searching),
    })
    if (seconds < MINUTES * 60) await search(searching, SAMPLE_EVERY)
  }
  const { datagrams } = await sending
  if (!(await eventually(async () => (await storedBy(chain)) === datagrams)))
    throw new Error(`${datagrams} were sent, ${await storedBy(chain)} are stored`)
  await browser.close()
  await chain.stop()
  report.table(
    ['seconds', 'stored', 'process MB', 'live page MB', 'searching page MB'],
    samples.map(({ seconds, stored, ...sizes }) => [
      String(seconds),
      String(stored),
      ...Object.values(sizes).map(size => size.toFixed(1)),
    ]),
  )
}

async function visit(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage()
  await page.goto(url)
  return page
}

/** Searches anew every 5 seconds, for so many seconds. */
async function search(page: Page, seconds: number): Promise<void> {
  for (let n = 0; n < seconds / 5; n++) {
    await page.getByRole('combobox').fill(`password ${n % 2 ? 'host:web1' : 'user'}`)
    await page.keyboard.press('Enter')
    await sleep(5_000)
  }
}

async function storedBy(chain: Program): Promise<number> {
  const { stages } = await chain.status()
  return Number(stages.at(-1)!.books.stored ?? 0)
}

/** Megabytes of a page's heap that are in use, garbage collected. */
async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  await session.detach()
  return usedSize / 2 ** 20
}
