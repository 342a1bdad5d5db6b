import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Sluice } from './process.ts'

/** Who sends, where that is not who runs the test. */
export interface Sender {
  uid?: number
  gid?: number
  stdin?: string | Buffer
}

/** Runs test/support/unix-sender.py to its end; the numbers that it prints, of which the last one is its process id. */
export async function sendUnix(args: string[], { stdin = '', ...who }: Sender = {}): Promise<number[]> {
  const script = join(import.meta.dirname, 'unix-sender.py')
  const child = spawn('python3', [script, ...args], { ...who, stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(stdin)
  const [printed, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
  if (code !== 0) throw new Error(`unix-sender.py ${args.join(' ')}: exit code ${code}`)
  return printed.trim().split('\n').map(Number)
}

/** Sends datagrams, each written as Python writes bytes; returns the process id of the sender. */
export async function sendDatagramsTo(path: string, datagrams: readonly string[], who: Sender = {}) {
  const stdin = datagrams.map(one => `${one}\n`).join('')
  return (await sendUnix(['datagrams', path], { ...who, stdin })).at(-1)!
}

/** The path of the n-th socket that a daemon receives at, as seen from anywhere. */
export async function socketOf(run: Sluice, n = 0): Promise<string> {
  const { endpoints = [] } = await run.ready()
  const [, path = ''] = /^(?:datagram|stream):(.*)$/.exec(endpoints[n] ?? '') ?? []
  return path.startsWith('@') ? path : join(run.folder, path)
}
