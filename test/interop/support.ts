// What the tests with other people's programs share.
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { until } from '../servers/support.ts'
import { Sluice } from '../support/process.ts'
import { sendDatagrams } from '../support/udp.ts'

/** A Python script of this folder, started and stopped as a daemon of ours is. */
export function startScript(
  t: TestContext,
  python: string,
  script: string,
  args: readonly string[],
  stdin: string | 'ignore' = 'ignore',
): Sluice {
  // urllib would ask a proxy for a server on loopback.
  const env = { no_proxy: '*' }
  const run = new Sluice(t, python, [`${import.meta.dirname}/${script}`, ...args], { env, stdin })
  // Whoever waits for what it should do elsewhere would else never hear why it failed.
  run.exited.then(code => {
    if (code) t.diagnostic(run.stderr)
  })
  return run
}

/** Syslog messages with the numbers from `from` up to, but not including, `to`. */
export function numbered(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, n) => `<13>Oct 11 22:14:15 web1 app[42]: number ${from + n}`)
}

export const upTo = (n: number) => Array.from({ length: n }, (_, i) => i)

/** The numbers in what became of these messages. */
export function numbersIn(texts: readonly unknown[]): number[] {
  return texts.map(text => Number(/\bnumber (\d+)$/.exec(String(text))?.[1]))
}

/** So many of the messages fit into the smallest receive buffer that Linux gives by default (212,992 bytes). */
const CHUNK = 200

/** Sends datagrams so that the kernel need drop none: `arrived(n)` waits until the receiver has read n of them. */
export async function sendPaced(
  port: number,
  payloads: readonly string[],
  arrived: (count: number) => Promise<unknown>,
): Promise<void> {
  for (let sent = 0; sent < payloads.length; ) {
    const chunk = payloads.slice(sent, sent + CHUNK)
    await sendDatagrams(port, chunk)
    sent += chunk.length
    await arrived(sent)
  }
}

const LF = 0x0a

/** The numbers in a file of records that grows; each byte of it is read once. */
export class NumbersInFile {
  /** In the order of the file. */
  readonly all: number[] = []
  readonly different = new Set<number>()
  readonly #path: string
  #at = 0

  constructor(path: string) {
    this.#path = path
  }

  /** Waits until there is what is wanted. */
  async until(what: string, wanted: (self: this) => boolean, timeout: number): Promise<void> {
    const look = () => {
      this.#read()
      return wanted(this)
    }
    await until(look, { timeout, what })
  }

  #read(): void {
    if (!existsSync(this.#path)) return
    const file = openSync(this.#path, 'r')
    const memory = Buffer.alloc(fstatSync(file).size - this.#at)
    const bytes = memory.subarray(0, readSync(file, memory, 0, memory.length, this.#at))
    closeSync(file)
    const lines = bytes.subarray(0, bytes.lastIndexOf(LF) + 1)
    this.#at += lines.length
    const texts = lines.toString().split('\n').slice(0, -1)
    for (const number of numbersIn(texts.map(text => JSON.parse(text).message))) {
      this.all.push(number)
      this.different.add(number)
    }
  }
}
