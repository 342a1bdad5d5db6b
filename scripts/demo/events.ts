// npm run demo:events: events of web shops, made up, and people who look at them. One chain of three daemons receives them (by UDP, as
// yours would), shows them and counts them; the past two days are counted before it starts, so that its charts have something to show.
import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { rhythm, Shop } from './shop.ts'

const sluice = join(import.meta.dirname, '../../bin/sluice')
const HOUR = 3600_000
const HELP = `npm run demo:events -- [--rate 100] [--past 48]

  --rate N    events a second (default 100)
  --past N    hours that are counted before it starts (default 48)
  --udp HOST:PORT, --hub HOST:PORT, --count HOST:PORT    where it listens
`

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '100' },
    past: { type: 'string', default: '48' },
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
    await countPast(shop, past, counting, env)
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

/** Counts what would have come in the past hours, one event in ten, through the daemon that counts what comes now. */
async function countPast(
  shop: Shop,
  hours: number,
  counting: string[],
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const now = Date.now()
  const counter = spawn(sluice, ['count', '--pull-connect', '-', '--http', '127.0.0.1:0', ...counting], {
    env,
    stdio: ['pipe', 'inherit', 'inherit'],
  })
  const exit = once(counter, 'exit')
  counter.stdin.on('error', () => {})
  process.stdout.write(`counting what happened in the past ${hours} hours\n`)
  const step = HOUR / 360
  for (let time = now - hours * HOUR; time < now; time += step) {
    if (Math.random() > rhythm(time) / 2) continue
    if (!counter.stdin.write(`${JSON.stringify(shop.event(time))}\n`)) await drained(counter)
  }
  counter.stdin.end()
  const [code] = await exit
  if (code !== 0) throw new Error(`sluice count ended with ${code}`)
}

/** Or it has ended, and nothing will be. */
async function drained({ stdin, exitCode }: ChildProcess): Promise<void> {
  if (exitCode === null) await Promise.race([once(stdin!, 'drain'), once(stdin!, 'close')])
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
one of your own:           echo '{"type":"hello","data":{"account":"you"}}' | nc -u -w1 ${values.udp.replace(':', ' ')}
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
    owed += ((now - last) / 1000) * rate * (0.6 + 0.8 * Math.random())
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
