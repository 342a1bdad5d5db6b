import { isIP } from 'node:net'
import { atMostEvery, Backoff, type Context, Misuse } from '../../../lib/index.ts'
import { readOptionFile } from '../../../lib/option-file.ts'
import { Unavailable } from '../store.ts'
import type { Where } from '../where.ts'
import { reasonOf } from './reason.ts'

/** Whoever has not answered for so long is gone, or does not run; milliseconds. */
const ANSWER_WITHIN = 15_000
/** Asked so often, it is noticed although nobody counts. */
const PING = 5_000
const CONNECT_WITHIN = 10_000
const NOT_YET = 'not reached yet'

type Address = Extract<Where, { kind: 'redis' }>

export interface Secrets {
  storePasswordFile: string | undefined
  storeCa: string | undefined
}

/** A connection to Redis, which is made again whenever it breaks, without end. */
export interface Connection {
  /** Its name in messages. */
  readonly where: string
  /** Sends a command; throws Unavailable when there is no connection, and what the server says. */
  // biome-ignore lint/suspicious/noExplicitAny: each command answers in a form of its own
  send(...words: readonly (string | Buffer)[]): Promise<any>
  /** Says what is wrong with the store, and since it is well again, nothing. */
  note(problem: string | undefined): void
}

/** Begins to connect. Throws Misuse for files that will not do. */
export async function connect(
  address: Address,
  secrets: Secrets,
  context: Context,
  answerWithin = ANSWER_WITHIN,
): Promise<Connection> {
  // Imported here: --help need not wait for it.
  const { createClient } = await import('@redis/client')
  const where = nameOf(address)
  const backoff = new Backoff(50, 2_000)
  const complain = atMostEvery(60_000)
  let isUsed = false
  /** It may be connected, and answer nothing yet: LOADING. */
  let isDeaf = false
  const note = (problem: string | undefined) => {
    isUsed ||= problem === undefined
    context.waitingFor('store', problem && `${where}: ${problem}`)
    if (problem && problem !== NOT_YET && complain())
      context.log.warn(`${where} cannot be used now: ${problem}; trying again, nothing is lost`)
  }
  const options = {
    ...credentials(address, secrets),
    ...{ RESP: 2 as const, database: address.database, name: 'sluice-count', disableOfflineQueue: true },
    ...{ maintNotifications: 'disabled' as const, commandOptions: { timeout: 0 } },
    socket: { ...socketOf(address, secrets), ...times(() => backoff.next(), answerWithin) },
  }
  const begin = () => {
    const client = createClient(options)
    client.on('error', error => note(reasonOf(error)))
    client.on('ready', () => {
      backoff.reset()
      // Whether it can be used for the first time has to be seen.
      if (isUsed) isDeaf = true
      look()
    })
    client.connect().catch(() => {})
    return client
  }
  note(NOT_YET)
  let client = begin()
  // The socket does not tell: each write sets its time-out anew, and nobody may have read a word for an hour.
  const late = `it has not answered for ${answerWithin / 1000} s`
  const renew = (asked: typeof client) => {
    if (asked !== client) return
    client = begin()
    note(late)
    asked.destroy()
  }
  const send: Connection['send'] = async (...words) => {
    const asked = client
    if (!asked.isReady) throw new Unavailable(`${where} is not reached now`)
    const timer = setTimeout(renew, answerWithin, asked)
    try {
      return await asked.sendCommand([...words])
    } catch (error) {
      throw asked === client ? error : new Unavailable(`${where}: ${late}`)
    } finally {
      clearTimeout(timer)
    }
  }
  const look = async () => {
    try {
      await send('PING')
      if (isDeaf) note(undefined)
      isDeaf = false
    } catch (error) {
      if (error instanceof Unavailable) return
      isDeaf ||= isUsed
      note(reasonOf(error))
    }
  }
  const ping = setInterval(look, Math.min(PING, answerWithin))
  context.defer(() => {
    clearInterval(ping)
    client.destroy()
  })
  return { where, note, send }
}

function times(next: () => number, silence: number) {
  // While it greets, nothing else is written.
  return { reconnectStrategy: next, connectTimeout: CONNECT_WITHIN, socketTimeout: silence }
}

function socketOf({ address }: Address, { storeCa }: Secrets) {
  if ('path' in address) return { path: address.path, tls: false as const }
  const { host, port, tls } = address
  if (!tls) return { host, port }
  const ca = storeCa === undefined ? {} : { ca: readOptionFile('--store-ca', storeCa) }
  // RFC 6066 section 3 has names only.
  return { host, port, tls: true as const, ...(isIP(host) === 0 && { servername: host }), ...ca }
}

function credentials({ user }: Address, { storePasswordFile: file }: Secrets) {
  if (file === undefined) return {}
  const password = readOptionFile('--store-password-file', file).toString().trim()
  if (password === '') throw new Misuse(`--store-password-file ${file}: the file is empty`)
  return { password, ...(user && { username: user }) }
}

function nameOf({ address }: Address): string {
  if ('path' in address) return `Redis at ${address.path}`
  return `Redis at ${address.host}:${address.port}`
}
