// npm run demo:events: events of web shops, made up, and people who look at them. One chain of three daemons receives them (by UDP, as
// yours would), shows them and counts them; what would have come in the past hours is counted before it starts, so that its charts have something to show.
import { spawn } from 'node:child_process'
import { createSocket, Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { rhythm, Shop } from './shop.ts'

const sluice = join(import.meta.dirname, '../../bin/sluice')
const HOUR = 3600_000
const PIECE = 64 * 1024
const HELP = `npm run demo:events -- [--rate 20] [--past 12]

  --rate N    events a second (default 20), on average: there are more of them in the evening
  --past N    hours that are counted before it starts (default 12)
  --udp HOST:PORT, --hub HOST:PORT, --count HOST:PORT    where it listens
`

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '20' },
    past: { type: 'string', default: '12' },
    udp: { type: 'string', default: '127.0.0.1:5170' },
    hub: { type: 'string', default: '127.0.0.1:8516' },
    count: { type: 'string', default: '127.0.0.1:8517' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) process.stdout.write(HELP)
else await demo()

async function demo(): Promise<void> {
  const [rate, past] = [positive('--rate', values.rate), positive('--past', values.past)]
  await refuseWhereTaken()
  const folder = mkdtempSync(join(tmpdir(), 'sluice-demo-'))
  const env = { ...process.env, STATE_DIRECTORY: folder }
  const counting = [
    ...['--store', `sqlite://${join(folder, 'counts.db')}`],
    ...['--key', '{account}/{type}'],
    ...['--sum', '{account}/revenue = {amount}'],
    ...['--distinct', '{account}/visitors = {visitor}'],
  ]
  try {
    const shop = new Shop()
    await countPast(shop, rate, past, counting, env)
    const quoted = counting.map(word => `"${word}"`).join(' ')
    const chain = `udp-json --listen ${values.udp} | hub --http ${values.hub} | count --http ${values.count} ${quoted}`
    const daemons = spawn(sluice, ['run', chain], { env, stdio: 'inherit' })
    const exit = once(daemons, 'exit')
    process.on('SIGTERM', () => daemons.kill())
    // Ctrl-C is for all in this terminal: they have heard it.
    process.on('SIGINT', () => {})
    const isUp = await Promise.race([answers(`http://${values.hub}/api/v1/about`), exit.then(() => false)])
    if (isUp) say()
    const stop = send(shop, rate)
    const [code] = await exit
    stop()
    process.exitCode = code ?? 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Counts what would have come in the past hours, through the daemon that counts what comes now. */
async function countPast(
  shop: Shop,
  rate: number,
  hours: number,
  counting: string[],
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const counter = spawn(sluice, ['count', '--pull-connect', '-', '--http', '127.0.0.1:0', ...counting], {
    env,
    stdio: ['pipe', 'inherit', 'inherit'],
  })
  const exit = once(counter, 'exit')
  // One that ends before it has all of them says why.
  await pipeline(Readable.from(pastEvents(shop, rate, hours)), counter.stdin).catch(() => {})
  const [code] = await exit
  if (code !== 0) throw new Error(`sluice count ended with ${code}`)
}

/** As NDJSON, some hundred a piece. Says how far it is. */
function* pastEvents(shop: Shop, rate: number, hours: number): Generator<string> {
  const now = Date.now()
  const from = now - hours * HOUR
  const [start, end] = process.stdout.isTTY ? ['\r', ''] : ['', '\n']
  let told = -1
  let lines = ''
  for (let time = from; time < now; time += 1000 / (rate * rhythm(time))) {
    lines += `${JSON.stringify(shop.event(time))}\n`
    if (lines.length < PIECE) continue
    yield lines
    lines = ''
    const percent = 25 * Math.floor((4 * (time - from)) / (now - from))
    if (percent === told) continue
    told = percent
    process.stdout.write(`${start}counting what happened in the past ${hours} hours: ${percent} %${end}`)
  }
  yield lines
  if (process.stdout.isTTY) process.stdout.write('\r\x1b[K')
}

/** What another one listens at would get what is made up here. */
async function refuseWhereTaken(): Promise<void> {
  for (const flag of ['udp', 'hub', 'count'] as const) {
    const [, host = '', port] = /^(.*):(\d+)$/.exec(values[flag]) ?? []
    const server = flag === 'udp' ? createSocket('udp4') : createServer()
    try {
      if (server instanceof Socket) server.bind(Number(port), host)
      else server.listen(Number(port), host)
      await once(server, 'listening')
    } catch (error) {
      process.stderr.write(
        `demo:events: ${values[flag]}: ${(error as Error).message}; where another one listens already (npm run demo:events twice, say), write: npm run demo:events -- --udp 127.0.0.1:5270 --hub 127.0.0.1:8616 --count 127.0.0.1:8617\n`,
      )
      process.exit(70)
    }
    await new Promise<void>(closed => server.close(() => closed()))
  }
}

async function answers(url: string): Promise<boolean> {
  for (;;) {
    const answer = await fetch(url).catch(() => undefined)
    if (answer?.ok) return true
    await wait(100)
  }
}

function say(): void {
  process.stdout.write(`
what moves now:            http://${values.hub}/
what has been counted:     http://${values.count}/
one of your own:           echo '{"type":"hello","data":{"account":"you"}}' > /dev/udp/${values.udp.replace(':', '/')}   (in bash)
the same for a program:    curl http://${values.count}/acme/pageview/${new Date().getUTCFullYear()}
Ctrl-C ends it, and nothing stays.

`)
}

/** Sends so many events a second. Returns what ends it. */
function send(shop: Shop, rate: number): () => void {
  const [, host, port] = /^(.*):(\d+)$/.exec(values.udp) ?? []
  const socket = createSocket('udp4')
  socket.on('error', () => {})
  let owed = 0
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    // Not evenly: a second of a real shop is not like the one before it.
    owed += ((now - last) / 1000) * rate * rhythm(Date.now()) * (0.6 + 0.8 * Math.random())
    last = now
    for (; owed >= 1; owed--) socket.send(JSON.stringify(shop.event(Date.now())), Number(port), host)
  }, 50)
  return () => {
    clearInterval(timer)
    socket.close()
  }
}

function positive(flag: string, text: string): number {
  if (/^\d+(\.\d+)?$/.test(text) && Number(text) > 0) return Number(text)
  process.stderr.write(`demo:events: ${flag} ${text}: write a number over 0\n`)
  process.exit(64)
}
