import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { freePort } from './port.ts'
import { Sluice, type Status } from './process.ts'

export const OFFERS = 'relp_version=0\nrelp_software=test,1\ncommands=syslog'

/** A frame of RELP. */
export function relpFrame(number: number, command: string, data: string | Buffer = ''): Buffer {
  const bytes = Buffer.from(data as string)
  const space = bytes.length > 0 ? ' ' : ''
  return Buffer.concat([
    Buffer.from(`${number} ${command} ${bytes.length}${space}`),
    bytes,
    Buffer.from('\n'),
  ])
}

/** A client of RELP that shows all that it is told. */
export class RelpClient {
  readonly socket: Socket
  /** All that has come. */
  told = ''
  #number = 0
  #changed = Promise.withResolvers<void>()

  constructor(socket: Socket) {
    this.socket = socket
    socket.setEncoding('latin1').on('data', text => {
      this.told += text
      this.#change()
    })
    socket.on('error', () => {})
    socket.on('close', () => this.#change())
  }

  static async connect(t: TestContext, port: number): Promise<RelpClient> {
    const socket = connect({ port, host: '127.0.0.1' })
    t.after(() => socket.destroy())
    const client = new RelpClient(socket)
    await once(socket, 'connect')
    return client
  }

  /** Connected, and the session is open. */
  static async open(t: TestContext, port: number): Promise<RelpClient> {
    const client = await RelpClient.connect(t, port)
    client.send('open', OFFERS)
    await client.until('1 rsp')
    return client
  }

  /** Sends a command, and gives its number. */
  send(command: string, data: string | Buffer = ''): number {
    this.socket.write(relpFrame(++this.#number, command, data))
    return this.#number
  }

  /** The numbers of the messages that were told to be safe. */
  get safe(): number[] {
    return Array.from(this.told.matchAll(/^(\d+) rsp 6 200 OK$/gm), ([, number]) => Number(number))
  }

  /** Waits until it was told this, or the connection has ended: then throws. */
  async until(told: string | ((self: this) => boolean)): Promise<void> {
    const found = typeof told === 'string' ? () => this.told.includes(told) : () => told(this)
    while (!found()) {
      if (this.socket.closed) throw new Error(`the connection ended with ${this.told.slice(-500)}`)
      await this.#changed.promise
    }
  }

  /** Waits for the end of the connection, and gives all that it was told. */
  async closed(): Promise<string> {
    while (!this.socket.closed) await this.#changed.promise
    return this.told
  }

  #change(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }
}

/** The daemon, at a port that it chooses. */
export function startRelp(t: TestContext, ...args: string[]): Sluice {
  return new Sluice(t, 'sluice-relp', ['--listen', '127.0.0.1:0', ...args])
}

/** The same; what it is joined to by `ack+tcp` comes later. */
export async function startAlone(t: TestContext, ...args: string[]) {
  const link = `ack+tcp://127.0.0.1:${await freePort()}`
  const run = startRelp(t, '--push-connect', link, ...args)
  return { run, join: () => new Sluice(t, 'sluice-relay', ['--pull-bind', link]) }
}

export function messagesOf(records: { [key: string]: unknown }[]): unknown[] {
  return records.map(({ message }) => message)
}

/** Waits until one of its counters is `count`. */
export function counted(run: Sluice, name: string, count: number): Promise<Status> {
  return run.untilStatus(`${count} ${name}`, ({ stages }) => stages[0]!.counters[name] === count)
}

/** All numbers from `from` to `to`. */
export function fromTo(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, n) => from + n)
}
