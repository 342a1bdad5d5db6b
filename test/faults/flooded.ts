// The listeners that a flood comes upon, and who may use them: it numbers what it sends.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Agent, get, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { makeCertificate } from '../support/certificates.ts'
import { Keys } from '../support/keys.ts'
import { Sluice } from '../support/process.ts'
import { RelpClient } from '../support/relp.ts'
import { until } from './wait.ts'

/** Who may use it, by one connection. */
export interface Client {
  /** Sends the next number; settles when it may send one more. */
  send(): Promise<void>
  disconnected(): boolean
  close(): void
}

export interface Flooded {
  daemon: Sluice
  port: number
  /** Of a link with keys. */
  serverKey?: string
  connect(): Promise<Client>
  /** Settles when every number has arrived. */
  arrived(): Promise<void>
  /** How many connections it has refused, or ended for what they are; true where that is not counted. */
  refused(): Promise<number | boolean>
}

type Open = (t: TestContext) => Promise<Flooded>

/** Numbers that were sent, and those that have come. */
class Numbers {
  #next = 0
  readonly #daemon: Sluice

  constructor(daemon: Sluice) {
    this.#daemon = daemon
  }

  next(): string {
    return `number ${this.#next++};`
  }

  arrived = async (): Promise<void> => {
    const sent = Array.from({ length: this.#next }, (_, number) => number)
    await until('every number', async () => {
      const found = this.#daemon.stdout.matchAll(/number (\d+);/g)
      const there = new Set(Array.from(found, ([, number]) => Number(number)))
      return sent.every(number => there.has(number))
    })
  }
}

const QUIET = { env: { SLUICE_LOG_LEVEL: 'info' } }
const PRINT = ['--push-connect', '-?format=ndjson']

function link(scheme: string, hasKeys: boolean): Open {
  return async t => {
    const keys = new Keys(t, 'web1', 'store1')
    keys.allow('web1')
    const args = ['--pull-bind', `${scheme}://127.0.0.1:*`, '--max-message', '1MiB', ...PRINT]
    const daemon = new Sluice(t, 'sluice-relay', [...args, ...(hasKeys ? keys.bound('store1') : [])], QUIET)
    const port = await daemon.port()
    const numbers = new Numbers(daemon)
    const flags = hasKeys ? keys.dialling('web1', 'store1') : []
    const push = ['--pull-connect', '-', '--push-connect', `${scheme}://127.0.0.1:${port}`, ...flags]
    return {
      ...{ daemon, port, arrived: numbers.arrived },
      ...(hasKeys && { serverKey: keys.pair('store1').publicKey }),
      async connect() {
        const source = new Sluice(t, 'sluice-relay', push, { ...QUIET, stdin: 'open' })
        await source.ready()
        return {
          async send() {
            source.child.stdin!.write(`${JSON.stringify({ message: numbers.next() })}\n`)
          },
          disconnected: () => source.logs.some(({ msg }) => /has ended|not connected|any more/.test(msg)),
          close: () => source.child.stdin!.end(),
        }
      },
      async refused() {
        const { body } = await daemon.admin('/metrics')
        return Number(/^sluice_link_refused_total\{.*\} (\d+)/m.exec(body)?.[1])
      },
    }
  }
}

/** What the client sends next on a socket, once it has a session. */
function overTcp(program: string, dial: (port: number, ca: string) => Socket, hasTls: boolean): Open {
  return async t => {
    const { folder } = new Keys(t)
    const { cert, key } = hasTls ? makeCertificate(folder, 'host') : { cert: '', key: '' }
    const tls = hasTls ? ['--tls-cert', cert, '--tls-key', key] : []
    const daemon = new Sluice(t, program, ['--listen', '127.0.0.1:0', ...PRINT, ...tls], QUIET)
    const port = await daemon.port()
    const numbers = new Numbers(daemon)
    return {
      ...{ daemon, port, arrived: numbers.arrived },
      async connect() {
        const socket = dial(port, join(folder, 'ca.pem'))
          .on('error', () => {})
          .resume()
        t.after(() => socket.destroy())
        await once(socket, hasTls ? 'secureConnect' : 'connect')
        return {
          async send() {
            socket.write(`<13>${numbers.next()}\n`)
          },
          disconnected: () => socket.closed,
          close: () => socket.end(),
        }
      },
      refused: () => counterOf(daemon, 'connectionsRefused'),
    }
  }
}

const relp: Open = async t => {
  const daemon = new Sluice(t, 'sluice-relp', ['--listen', '127.0.0.1:0', ...PRINT], QUIET)
  const port = await daemon.port()
  const numbers = new Numbers(daemon)
  return {
    ...{ daemon, port, arrived: numbers.arrived },
    async connect() {
      const client = await RelpClient.open(t, port)
      return {
        async send() {
          const { length } = client.safe
          client.send('syslog', numbers.next())
          await client.until(({ safe }) => safe.length > length)
        },
        disconnected: () => client.socket.closed,
        close: () => client.socket.end(),
      }
    },
    refused: () => counterOf(daemon, 'connectionsRefused'),
  }
}

/** Asks by one connection, which it keeps. */
function asker(ask: (agent: Agent) => ReturnType<typeof get>): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  let asked = 0
  let dialled = 0
  return {
    async send() {
      const sent = ask(agent)
      sent.on('socket', () => {
        if (!sent.reusedSocket) dialled++
      })
      const [response] = await once(sent, 'response')
      await once(response.resume(), 'end')
      if (response.statusCode !== 200) throw new Error(`answer ${++asked}: ${response.statusCode}`)
    },
    disconnected: () => dialled > 1,
    close: () => agent.destroy(),
  }
}

/** One who comes while there are too many may have to come again. */
async function comingIn(make: () => Client): Promise<Client> {
  for (;;) {
    const client = make()
    const isIn = await client.send().then(
      () => true,
      () => false,
    )
    if (isIn) return client
    client.close()
  }
}

const httpIn: Open = async t => {
  const flags = ['--http', '127.0.0.1:0', ...PRINT]
  const daemon = new Sluice(t, 'sluice-http-in', flags, QUIET)
  const port = await daemon.port()
  const numbers = new Numbers(daemon)
  return {
    ...{ daemon, port, arrived: numbers.arrived },
    connect: async () =>
      asker(agent => {
        const headers = { 'content-type': 'text/plain' }
        const sent = request({ agent, port, host: '127.0.0.1', method: 'POST', headers })
        sent.end(`${numbers.next()}\n`)
        return sent
      }),
    refused: async () => true,
  }
}

/** Only asks. */
function face(program: string, flags: readonly string[], path: string): Open {
  return async t => {
    const { folder } = new Keys(t)
    const more = ['--pull-bind', `ipc://${join(folder, 'in.ipc')}`]
    const daemon = new Sluice(t, program, [...flags, ...more], QUIET)
    await daemon.ready()
    const urls = [...(await daemon.faces()), ...(await daemon.ready()).endpoints!]
    const port = Number(new URL(urls.find(url => url.startsWith('http:'))!).port)
    const make = () => asker(agent => get({ agent, port, host: '127.0.0.1', path }))
    // The admin face answers one question on each connection.
    const again = { send: async () => (await comingIn(make)).close(), disconnected: () => false, close() {} }
    const connect = () => (program === 'sluice-relay' ? Promise.resolve(again) : comingIn(make))
    return { daemon, port, connect, arrived: async () => {}, refused: async () => true }
  }
}

async function counterOf(daemon: Sluice, name: string): Promise<number> {
  return (await daemon.status()).stages[0]!.counters[name] ?? 0
}

export const LISTENERS: { readonly [name: string]: Open } = {
  'tcp:// with keys': link('tcp', true),
  'ack+tcp:// with keys': link('ack+tcp', true),
  'ack+tcp:// without keys': link('ack+tcp', false),
  'syslog over TCP': overTcp('sluice-syslog-tcp', port => connect({ port, host: '127.0.0.1' }), false),
  'syslog over TLS': overTcp(
    'sluice-syslog-tcp',
    (port, ca) => connectTls({ port, host: '127.0.0.1', ca: readFileSync(ca) }),
    true,
  ),
  relp,
  'http-in': httpIn,
  'the store': face('sluice-store', ['--http', '127.0.0.1:0', '--path', 'store'], '/api/search?q='),
  'an admin face': face('sluice-relay', ['--admin', '127.0.0.1:0', ...PRINT], '/metrics'),
}
